//! A service that uses interfaces of WASI under labels of its own.

mod labels;
use labels::bindings::wit_stream;
use labels::{
    Body, ErrorCode, Handler, Request, Response, gate_client, my_clock, my_dice, my_out,
    my_variables,
};

struct Labels;

impl Handler for Labels {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        match request.uri().path() {
            "/clock" => {
                let begin = my_clock::now();
                my_clock::wait_for(1_000_000).await;
                text(format!("waited: {}", my_clock::now() - begin >= 1_000_000))
            }
            "/dice" => text(format!("{} bytes", my_dice::get_random_bytes(8).len())),
            "/print" => {
                let (mut writer, reader) = wit_stream::new();
                let written = my_out::write_via_stream(reader);
                writer.write_all(b"printed by a label\n".to_vec()).await;
                drop(writer);
                text(format!("printed: {}", written.await.is_ok()))
            }
            "/variables" => {
                let variables = my_variables::get_environment();
                let shown: Vec<_> = variables
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                text(shown.join(","))
            }
            _ => {
                let mut question = Request::new(Body::empty());
                let host = request
                    .headers()
                    .get("x-ask")
                    .and_then(|host| host.to_str().ok());
                let url = format!("http://{}/", host.unwrap_or_default());
                *question.uri_mut() = url.parse().unwrap_or_default();
                gate_client::send(question).await
            }
        }
    }
}

fn text(text: String) -> Result<Response, ErrorCode> {
    Ok(Response::new(text.into()))
}

labels::export!(Labels);
