//! Glue in terms of the crate `http`, for a world that exports `handler` of `wasi:http@0.3`.

use askama::Template;
use witgen_runtime::sources::MESSAGE;

use super::analysis::http::HttpWorld;
use crate::template::text;

/// The glue's files.
pub(super) fn render(glue: &HttpWorld) -> Vec<(&'static str, String)> {
    let message = MESSAGE
        .iter()
        .map(|file| (file.path, file.contents.to_owned()));
    let world = [
        ("mod.rs", text(&Front { glue })),
        ("addresses.rs", text(&Addresses {})),
        ("body.rs", text(&Body {})),
        ("builder.rs", text(&Builder { glue })),
        ("error.rs", text(&Error {})),
        ("failure.rs", text(&Failure {})),
        ("instances.rs", text(&Instances {})),
        ("limits.rs", text(&Limits {})),
        ("linking.rs", text(&Linking { glue })),
        ("members.rs", text(&Members {})),
        ("network.rs", text(&Network {})),
        ("source.rs", text(&Source {})),
        ("state.rs", text(&State {})),
        ("tasks.rs", text(&Tasks {})),
        ("timeouts.rs", text(&Timeouts {})),
        ("upstream.rs", text(&Upstream {})),
        ("whole.rs", text(&Whole {})),
        ("world.rs", text(&World { glue })),
    ];
    world.into_iter().chain(message).collect()
}

#[derive(Template)]
#[template(path = "host/http/mod.rs", escape = "none")]
struct Front<'a> {
    glue: &'a HttpWorld,
}

#[derive(Template)]
#[template(path = "host/http/addresses.rs", escape = "none")]
struct Addresses {}

#[derive(Template)]
#[template(path = "host/http/body.rs", escape = "none")]
struct Body {}

#[derive(Template)]
#[template(path = "host/http/builder.rs", escape = "none")]
struct Builder<'a> {
    glue: &'a HttpWorld,
}

#[derive(Template)]
#[template(path = "host/http/error.rs", escape = "none")]
struct Error {}

#[derive(Template)]
#[template(path = "host/http/failure.rs", escape = "none")]
struct Failure {}

#[derive(Template)]
#[template(path = "host/http/tasks.rs", escape = "none")]
struct Tasks {}

#[derive(Template)]
#[template(path = "host/http/timeouts.rs", escape = "none")]
struct Timeouts {}

#[derive(Template)]
#[template(path = "host/http/whole.rs", escape = "none")]
struct Whole {}

#[derive(Template)]
#[template(path = "host/http/members.rs", escape = "none")]
struct Members {}

#[derive(Template)]
#[template(path = "host/http/limits.rs", escape = "none")]
struct Limits {}

#[derive(Template)]
#[template(path = "host/http/instances.rs", escape = "none")]
struct Instances {}

#[derive(Template)]
#[template(path = "host/http/linking.rs", escape = "none")]
struct Linking<'a> {
    glue: &'a HttpWorld,
}

#[derive(Template)]
#[template(path = "host/http/network.rs", escape = "none")]
struct Network {}

#[derive(Template)]
#[template(path = "host/http/source.rs", escape = "none")]
struct Source {}

#[derive(Template)]
#[template(path = "host/http/state.rs", escape = "none")]
struct State {}

#[derive(Template)]
#[template(path = "host/http/upstream.rs", escape = "none")]
struct Upstream {}

#[derive(Template)]
#[template(path = "host/http/world.rs", escape = "none")]
struct World<'a> {
    glue: &'a HttpWorld,
}
