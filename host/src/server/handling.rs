//! Serves a connection, and handles its requests.

use std::pin::{Pin, pin};
use std::sync::Arc;

use http::Version;
use http::header::HeaderValue;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::Watcher;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep, sleep_until};

use super::activity::Activity;
use super::client::Client;
use super::delivery::Flushes;
use super::framing::{FramedStream, Framing, FramingQueue};
use super::opening::{Opened, OpenedStream};
use super::protocol::Protocol;
use super::request_body::RequestBody;
use super::request_id::{self, REQUEST_ID};
use super::response_body::{Completion, ResponseBody};
use super::{Exchange, Server, connection, error_response, validation};
use crate::proxy::{ErrorCode, Proxy, Response};

impl Server {
    /// Serves a connection until it is closed.
    pub(super) async fn serve_opened(self, opened: Opened, watcher: Watcher) {
        let Opened {
            stream,
            client,
            protocol,
            connected,
        } = opened;
        let activity = &connected.activity;
        match stream {
            OpenedStream::Plain(stream) => {
                self.serve_connection(stream, client, protocol, activity, watcher).await;
            }
            OpenedStream::Tls(stream) => {
                self.serve_connection(*stream, client, protocol, activity, watcher).await;
            }
        }
    }

    async fn serve_connection(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        client: Client,
        protocol: Protocol,
        activity: &Activity,
        watcher: Watcher,
    ) {
        let builder = connection::builder(&self.limits, protocol, activity);
        let (limits, observer) = (self.limits, self.observer.clone());
        let server = Arc::new(self);
        let requests = activity.clone();
        let framings = FramingQueue::default();
        let flushes = Flushes::default();
        let stream = FramedStream::new(stream, framings.clone(), flushes.clone());
        let stream = TokioIo::new(stream);
        let service = service_fn(move |mut request: http::Request<Incoming>| {
            let (server, framings) = (server.clone(), framings.clone());
            let completion = server.begin_request(&mut request, client, &requests, flushes.clone());
            let handled = async move {
                let Some(completion) = completion else {
                    return Err(connection::calm_down());
                };
                let exchange = completion.exchange.clone();
                let request_id = server.request_id(&exchange);
                let mut response =
                    server.handle_request(request, client, &framings, completion).await;
                server.observer.responding(&exchange, response.headers_mut());
                if let Some(id) = request_id {
                    response.headers_mut().entry(REQUEST_ID).or_insert(id);
                }
                Ok(response)
            };
            // hyper would copy it into the connection, whose memory is in no cache if there are many.
            Box::pin(handled)
        });
        let connection = builder.serve_connection(stream, service).into_owned();
        tokio::select! {
            ended = watcher.watch(connection) => {
                // Other errors are those of clients that disconnect.
                if let Err(error) = ended
                    && let Some(error) = error.downcast_ref::<hyper::Error>()
                    && error.is_parse()
                {
                    observer.invalid(client.address, error);
                }
            }
            () = activity.wait_until_close(&limits) => {
                if activity.is_exhausted() {
                    observer.overloaded("resets");
                }
            }
        }
    }

    /// Adds a request to those of a connection. `None` if the connection has cancelled too many.
    fn begin_request(
        &self,
        request: &mut http::Request<Incoming>,
        client: Client,
        requests: &Activity,
        flushes: Flushes,
    ) -> Option<Completion> {
        if requests.is_exhausted() {
            return None;
        }
        let number = self.ids.next();
        if self.has_request_ids {
            request_id::complete(request.headers_mut(), &number);
        }
        let mut exchange = Exchange::begin(number, client, request);
        self.observer.begun(&mut exchange, request.headers_mut());
        let exchange = Arc::new(exchange);
        let is_stream = request.version() == Version::HTTP_2;
        let completion = Completion {
            exchange: exchange.clone(),
            observer: self.observer.clone(),
            flushes,
            in_flight: requests.begin_request(exchange.clone(), is_stream),
        };
        Some(completion)
    }

    /// Returns the identifier to put into the response.
    fn request_id(&self, exchange: &Exchange) -> Option<HeaderValue> {
        let id = || exchange.headers.request_id.clone();
        self.has_request_ids.then(id).flatten()
    }

    async fn handle_request(
        &self,
        request: http::Request<Incoming>,
        client: Client,
        framings: &FramingQueue,
        mut completion: Completion,
    ) -> http::Response<ResponseBody> {
        if request.version() <= Version::HTTP_11 {
            let rejection = match framings.pop() {
                Framing::Clear => None,
                Framing::Ambiguous => Some(error_response::ambiguous_framing()),
                Framing::Fragment => Some(error_response::fragment_in_target()),
            };
            if let Some(response) = rejection {
                return ResponseBody::wrap(response, None, completion);
            }
        }
        let address = completion.in_flight.activity().address();
        if let Err(wait) = self.clients().check_rate(address) {
            self.observer.overloaded("rate");
            let response = error_response::too_many_requests(wait);
            return ResponseBody::wrap(response, None, completion);
        }
        let has_room = completion.in_flight.keep_head(validation::head_size(&request));
        if !has_room || !self.clients().admit(&completion.in_flight) {
            self.observer.overloaded("requests");
            return ResponseBody::wrap(error_response::overloaded(), None, completion);
        }
        let progress = completion.in_flight.progress.clone();
        let mut request = RequestBody::wrap(request, progress, &self.limits);
        let route = match self.prepare_request(&mut request, client, &completion.exchange) {
            Ok(route) => route,
            Err(response) => return ResponseBody::wrap(*response, None, completion),
        };
        request.extensions_mut().clear();
        request.extensions_mut().insert(completion.exchange.clone());
        let mut deadline: Option<Pin<Box<Sleep>>> = self
            .limits
            .request_time
            .and_then(|time| Instant::now().checked_add(time))
            .map(|end| Box::pin(sleep_until(end)));
        // Pinned, it takes its place in this future only once.
        let mut handled = pin!(route.handle(request));
        let response = match &mut deadline {
            None => handled.await,
            Some(deadline) => tokio::select! {
                response = &mut handled => response,
                () = deadline => Err(ErrorCode::HttpResponseTimeout),
            },
        };
        let response =
            response.unwrap_or_else(|code| error_response::from_code(code, &completion.exchange));
        ResponseBody::wrap(response, deadline, completion)
    }

    /// Prepares a request for its component, and returns the component. `Err` is the response to send instead.
    fn prepare_request(
        &self,
        request: &mut http::Request<RequestBody>,
        client: Client,
        exchange: &Exchange,
    ) -> Result<Proxy, Box<Response>> {
        validation::validate_request(request, self.limits.body, client.is_tls)?;
        let routes = self.current.routes();
        let route = routes.find(request)?;
        if let Some(name) = &route.name {
            exchange.record_route(name);
        }
        if let Some(forwarding) = &self.forwarding
            && route.forwards
        {
            forwarding.prepare_request(request, client)?;
        }
        // Last: only requests that the component receives count.
        if let Err(wait) = route.check_rate() {
            self.observer.overloaded("route-rate");
            return Err(Box::new(error_response::too_many_requests(wait)));
        }
        Ok(route.proxy.clone())
    }
}
