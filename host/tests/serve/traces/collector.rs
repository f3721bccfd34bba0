//! A collector of traces, which receives OTLP over HTTP.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use testkit_serve::serve::TIMEOUT;

/// A collector on loopback.
pub struct Collector {
    pub url: String,
    received: Arc<(Mutex<Vec<ExportTraceServiceRequest>>, Condvar)>,
    /// The heads of the requests.
    heads: Arc<Mutex<Vec<String>>>,
}

impl Collector {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::<(Mutex<Vec<_>>, Condvar)>::default();
        let shared = (received.clone(), Arc::<Mutex<Vec<String>>>::default());
        let heads = shared.1.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (received, heads) = shared.clone();
                thread::spawn(move || {
                    let mut reader = BufReader::new(stream.unwrap());
                    while let Some((head, message)) = receive(&mut reader) {
                        heads.lock().unwrap().push(head);
                        received.0.lock().unwrap().push(message);
                        received.1.notify_all();
                    }
                });
            }
        });
        Collector {
            url,
            received,
            heads,
        }
    }

    /// Returns the heads of the requests so far, in lower case.
    pub fn heads(&self) -> String {
        self.heads.lock().unwrap().concat().to_lowercase()
    }

    /// Waits until there are this many spans, and returns them.
    pub fn spans(&self, count: usize) -> Vec<Span> {
        let (received, arrived) = &*self.received;
        let is_short =
            |messages: &mut Vec<ExportTraceServiceRequest>| spans_of(messages).len() < count;
        let waited = arrived.wait_timeout_while(received.lock().unwrap(), TIMEOUT, is_short);
        let (messages, _) = waited.unwrap();
        let spans = spans_of(&messages);
        assert_eq!(spans.len(), count, "{spans:#?}");
        spans
    }

    /// Returns the spans so far.
    pub fn received_spans(&self) -> Vec<Span> {
        spans_of(&self.received.0.lock().unwrap())
    }

    /// Returns an attribute of what the spans are of.
    pub fn resource(&self, name: &str) -> Option<String> {
        let messages = self.received.0.lock().unwrap();
        let resource = messages.first()?.resource_spans.first()?.resource.clone()?;
        let attribute = resource.attributes.into_iter().find(|attribute| attribute.key == name)?;
        Some(text(attribute.value?.value?))
    }
}

fn spans_of(messages: &[ExportTraceServiceRequest]) -> Vec<Span> {
    let resources = messages.iter().flat_map(|message| &message.resource_spans);
    let scopes = resources.flat_map(|resource| &resource.scope_spans);
    scopes.flat_map(|scope| scope.spans.clone()).collect()
}

/// Returns an attribute of a span as text.
pub fn attribute(span: &Span, name: &str) -> Option<String> {
    let attribute = span.attributes.iter().find(|attribute| attribute.key == name)?;
    Some(text(attribute.value.clone()?.value?))
}

fn text(value: Value) -> String {
    match value {
        Value::StringValue(text) => text,
        Value::IntValue(number) => number.to_string(),
        Value::DoubleValue(number) => number.to_string(),
        other => panic!("{other:?}"),
    }
}

/// Receives a message, and responds to it.
fn receive(reader: &mut BufReader<TcpStream>) -> Option<(String, ExportTraceServiceRequest)> {
    let mut head = String::new();
    reader.read_line(&mut head).ok().filter(|read| *read > 0)?;
    assert_eq!(head.trim_end(), "POST /v1/traces HTTP/1.1");
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        head.push_str(&line);
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().unwrap();
            }
            Some((name, value)) if name.eq_ignore_ascii_case("content-type") => {
                assert_eq!(value, "application/x-protobuf");
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut content = vec![0; length];
    reader.read_exact(&mut content).unwrap();
    reader
        .get_mut()
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        .unwrap();
    Some((head, ExportTraceServiceRequest::decode(&*content).unwrap()))
}
