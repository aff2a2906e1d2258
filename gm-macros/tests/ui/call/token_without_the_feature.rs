// The fixtures are built without features of gm-runtime.
use gm_runtime::Gm;

fn main() {
    let _ = Gm::builder().bearer_token("secret");
}
