//! The program that `witgen new host` makes, at work.
#![allow(dead_code)]

include!(env!("WITGEN_NEW_HOST"));

/// Serves a component, and returns the URL of the server.
async fn served(component: &str, origin: Option<&str>) -> String {
    let dir = tempfile::tempdir().unwrap();
    let file = testkit_serve::serve::file(dir.path(), component);
    let proxy = load(&file, origin).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(serve(listener, proxy));
    url
}

/// Sends a request with content, and returns the status, a header of the response and its content.
async fn send(url: String, content: &'static str) -> (u16, bool, String) {
    let sent = tokio::task::spawn_blocking(move || {
        let client = testkit_serve::serve::client();
        let request = client.post(&url).config().http_status_as_error(false).build();
        let mut response = request.send(content).unwrap();
        let has_stamp = response.headers().contains_key("x-stamp");
        let content = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), has_stamp, content)
    });
    sent.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_served() {
    let url = served("echo", None).await;
    assert_eq!(send(url, "content").await, (200, false, "content".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_is_served_before_its_origin() {
    let origin = served("echo", None).await;
    let url = served("stamp", Some(&origin)).await;
    assert_eq!(send(url, "content").await, (200, true, "content".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_refuses_connections_is_a_bad_gateway() {
    // Nothing listens there.
    let url = served("stamp", Some("http://127.0.0.1:9")).await;
    let expected = (502, false, "Bad Gateway\n".into());
    assert_eq!(send(url, "").await, expected);
}
