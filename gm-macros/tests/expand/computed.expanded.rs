impl WorkItem {
    /// Whether it is overdue.
    pub fn is_overdue(&self) -> bool {
        self.days > 7
    }
    pub fn title_in_capitals(&self) -> Option<String> {
        Some(self.title.to_uppercase())
    }
    #[cfg(feature = "prices")]
    pub fn price(&self) -> Decimal {
        self.amount * self.count
    }
}
#[allow(deprecated, private_interfaces)]
const _: () = {
    use ::gm_runtime::__private::{
        self as __gm, ComputedField as __Field, FieldType as __Type,
    };
    impl __gm::ComputedFields for WorkItem {
        const COMPUTED: &'static [__Field] = &[
            __Field::new("is_overdue", <bool as __Type>::KIND),
            __Field::new("title_in_capitals", <Option<String> as __Type>::KIND)
                .with_name("heading")
                .with_read_rule(
                    __gm::Rule::Any(&[__gm::Rule::Group("agents"), __gm::Rule::Admin]),
                ),
            #[cfg(feature = "prices")]
            __Field::new("price", <Decimal as __Type>::KIND).with_decimal(10, 2),
        ];
        const METHODS: &'static [fn(&Self) -> __gm::Value] = &[
            |row| <bool as __Type>::into_value(<WorkItem>::is_overdue(row)),
            |row| <Option<
                String,
            > as __Type>::into_value(<WorkItem>::title_in_capitals(row)),
            #[cfg(feature = "prices")]
            |row| <Decimal as __Type>::into_value(<WorkItem>::price(row)),
        ];
    }
    const _: fn() -> __gm::Computed = __gm::Computed::of::<WorkItem>;
};
