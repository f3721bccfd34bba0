//! The values that the steps of a script share, and its report.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::task::Waker;

use wit_bindgen::{FutureReader, FutureWriter, StreamReader, StreamWriter};

use crate::glue::bindings::wasi::cli::stderr::write_via_stream;
use crate::glue::bindings::wasi::http::types::{
    ErrorCode, Fields, Request, RequestOptions, Response,
};
use crate::glue::bindings::wit_stream;
use crate::streams;

/// The value of a body's trailers' future.
pub type Trailers = Result<Option<Fields>, ErrorCode>;
/// The value of a transmission's future.
pub type Outcome = Result<(), ErrorCode>;

/// A value that a step has named.
pub enum Value {
    Fields(Rc<Fields>),
    Request(Rc<Request>),
    Response(Rc<Response>),
    Options(Rc<RequestOptions>),
    StreamReader(StreamReader<u8>),
    StreamWriter(StreamWriter<u8>),
    TrailersReader(FutureReader<Trailers>),
    TrailersWriter(FutureWriter<Trailers>),
    OutcomeReader(FutureReader<Outcome>),
    OutcomeWriter(FutureWriter<Outcome>),
    Mark(u64),
    /// A branch that runs.
    Running,
    /// A branch that has ended.
    Ended,
}

pub struct State {
    id: String,
    values: RefCell<BTreeMap<String, Value>>,
    report: RefCell<String>,
    answer: RefCell<Option<Result<Response, ErrorCode>>>,
    has_answered: Cell<bool>,
    /// How much of the report the host's output has.
    printed: Cell<usize>,
    wakers: RefCell<Vec<Waker>>,
}

impl State {
    pub fn new(id: &str, request: Request) -> Rc<Self> {
        let request = ("request".to_owned(), Value::Request(Rc::new(request)));
        Rc::new(State {
            id: id.to_owned(),
            values: RefCell::new(BTreeMap::from([request])),
            report: RefCell::default(),
            answer: RefCell::default(),
            has_answered: Cell::new(false),
            printed: Cell::new(0),
            wakers: RefCell::default(),
        })
    }

    pub fn set(&self, name: &str, value: Value) {
        // Dropping the value that had this name may call the host, which must not find this borrowed.
        let replaced = self.values.borrow_mut().insert(name.to_owned(), value);
        drop(replaced);
        self.wake();
    }

    /// Removes a value, to give it away.
    pub fn take(&self, name: &str) -> Result<Value, String> {
        let value = self.values.borrow_mut().remove(name);
        value.ok_or_else(|| ["no value ", name].concat())
    }

    /// Uses a value without giving it away.
    pub fn with<T>(&self, name: &str, read: impl Fn(&Value) -> Option<T>) -> Result<T, String> {
        let values = self.values.borrow();
        let value = values
            .get(name)
            .ok_or_else(|| ["no value ", name].concat())?;
        read(value).ok_or_else(|| ["another kind of value: ", name].concat())
    }

    pub fn wake_with(&self, waker: Waker) {
        self.wakers.borrow_mut().push(waker);
    }

    fn wake(&self) {
        for waker in self.wakers.take() {
            waker.wake();
        }
    }

    pub fn answer(&self, answer: Result<Response, ErrorCode>) {
        self.has_answered.set(true);
        *self.answer.borrow_mut() = Some(answer);
        self.wake();
    }

    pub fn take_answer(&self) -> Option<Result<Response, ErrorCode>> {
        self.answer.borrow_mut().take()
    }

    pub fn lines(&self) -> String {
        self.report.borrow().clone()
    }

    /// Adds the result of a step to the report. After a response has been returned, the host's output gets it.
    pub async fn report(&self, step: usize, result: &str) {
        let line = [&step.to_string(), " ", result, "\n"].concat();
        self.report.borrow_mut().push_str(&line);
        if self.has_answered.get() {
            self.print_report().await;
        }
    }

    /// Ends the script: without a response of its own, the report is the response.
    pub async fn end(&self, is_complete: bool) {
        if !self.has_answered.get() {
            let report = self.lines().into_bytes();
            self.answer(Ok(streams::respond(Fields::new(), report)));
            return;
        }
        self.print_report().await;
        self.print(if is_complete { "end" } else { "stopped" })
            .await;
    }

    /// Prints the lines that the host's output doesn't have yet.
    async fn print_report(&self) {
        let lines = self.lines();
        let new = lines
            .get(self.printed.replace(lines.len())..)
            .unwrap_or_default();
        for line in new.lines() {
            self.print(line).await;
        }
    }

    /// Prints a line, if the script's name ends with `+`.
    async fn print(&self, line: &str) {
        if !self.id.ends_with('+') {
            return;
        }
        let line = ["conform-report: ", &self.id, " ", line, "\n"].concat();
        let (mut writer, reader) = wit_stream::new();
        let written = write_via_stream(reader);
        writer.write_all(line.into_bytes()).await;
        drop(writer);
        // A host may have no reader for it.
        let _ = written.await;
    }
}
