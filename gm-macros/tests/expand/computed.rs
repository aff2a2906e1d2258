#[computed]
impl WorkItem {
    /// Whether it is overdue.
    pub fn is_overdue(&self) -> bool {
        self.days > 7
    }

    #[field(rename = "heading", read = group("agents") | admin)]
    pub fn title_in_capitals(&self) -> Option<String> {
        Some(self.title.to_uppercase())
    }

    #[cfg(feature = "prices")]
    #[field(max_digits = 10, decimal_places = 2)]
    pub fn price(&self) -> Decimal {
        self.amount * self.count
    }
}
