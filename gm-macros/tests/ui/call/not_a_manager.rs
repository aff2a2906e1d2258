struct Project;

fn main() {
    let _ = gm_runtime::Gm::builder().manager::<Project>();
}
