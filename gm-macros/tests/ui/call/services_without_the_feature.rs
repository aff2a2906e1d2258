// The fixtures are built without features of gm-runtime.
use gm_runtime::Gm;

struct ServiceConfig;

fn configure(_: impl FnOnce(&mut ServiceConfig)) {}

fn serve(gm: &Gm) {
    configure(gm.services());
}

fn main() {}
