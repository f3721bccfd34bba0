//! The lines of the log as JSON.
//!
//! They are the same as those of tracing-subscriber. It checks the encoding of each piece of a line and formats times slowly, which
//! takes more than half of the time.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::ser::{SerializeMap as _, Serializer as _};
use tracing::{Event, Subscriber};
use tracing_serde::{AsSerde as _, SerdeMapVisitor};
use tracing_subscriber::fmt::format::{Format, Json, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Enough for most lines.
const CAPACITY: usize = 512;
/// The end of the year 9999.
const LAST_SECOND: Duration = Duration::from_secs(253_402_300_799);

/// Formats each event as a line of JSON.
pub struct JsonLines {
    /// Formats events in spans, which only libraries have.
    in_spans: Format<Json>,
}

impl JsonLines {
    pub fn new() -> Self {
        JsonLines {
            in_spans: Format::default().json().flatten_event(true),
        }
    }
}

impl<S, F> FormatEvent<S, F> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    F: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, F>,
        mut to: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        if event.parent().is_some() || context.lookup_current().is_some() {
            return self.in_spans.format_event(context, to, event);
        }
        let mut line = Vec::with_capacity(CAPACITY);
        write_line(&mut line, event).map_err(|_| fmt::Error)?;
        to.write_str(str::from_utf8(&line).map_err(|_| fmt::Error)?)
    }
}

fn write_line(line: &mut Vec<u8>, event: &Event<'_>) -> serde_json::Result<()> {
    // humantime formats no other times, which a wrong clock can have.
    let now = SystemTime::now().clamp(UNIX_EPOCH, UNIX_EPOCH + LAST_SECOND);
    let time = humantime::format_rfc3339_micros(now);
    let metadata = event.metadata();
    let mut serializer = serde_json::Serializer::new(&mut *line);
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("timestamp", &format_args!("{time}"))?;
    map.serialize_entry("level", &metadata.level().as_serde())?;
    let mut fields = SerdeMapVisitor::new(map);
    event.record(&mut fields);
    let mut map = fields.take_serializer()?;
    map.serialize_entry("target", metadata.target())?;
    map.end()?;
    line.push(b'\n');
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use pretty_assertions::assert_eq;
    use serde_json::{Map, Value};
    use tracing::{debug, info, info_span, subscriber};
    use tracing_subscriber::fmt;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Written {
        /// Returns the lines, and replaces the digits of their times.
        fn lines(&self) -> Vec<String> {
            let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
            let lines = text.lines().map(|line| {
                let (time, rest) = line.split_once(',').unwrap();
                assert!(time.starts_with("{\"timestamp\":\"20"), "{line}");
                let time = time.replace(|character: char| character.is_ascii_digit(), "0");
                format!("{time},{rest}")
            });
            lines.collect()
        }
    }

    fn log_everything() {
        info!(
            target: "access",
            request = "1",
            none = Option::<&str>::None,
            path = "/\"größer\"\\\n\u{1b}\u{2028}🙂",
            client = display("[::1]:80"),
            version = ?"HTTP/1.1",
            status = 200_u16,
            lowest = i64::MIN,
            highest = u64::MAX,
            large = u128::MAX,
            total_ms = 0.125,
            infinite = f64::INFINITY,
            is_cut = false,
            r#type = "raw",
            "GET {}", "/\""
        );
        debug!("only text");
        let span = info_span!("span", of = "a library");
        span.in_scope(|| info!(value = 1, "in a span"));
        info!(parent: &span, "of a span");
    }

    #[test]
    fn lines_are_those_of_the_library() {
        let (ours, theirs) = (Written::default(), Written::default());
        let (to_ours, to_theirs) = (ours.clone(), theirs.clone());
        let own = fmt::layer().json().event_format(JsonLines::new());
        let own = own.with_writer(move || to_ours.clone());
        let library = fmt::layer().json().flatten_event(true);
        let library = library.with_writer(move || to_theirs.clone());
        subscriber::with_default(tracing_subscriber::registry().with(own), log_everything);
        subscriber::with_default(tracing_subscriber::registry().with(library), log_everything);
        assert_eq!(ours.lines(), theirs.lines());
        let [first, ..] = &ours.lines()[..] else {
            panic!("{:?}", ours.lines());
        };
        let fields: Map<String, Value> = serde_json::from_str(first).unwrap();
        assert_eq!(fields["path"], "/\"größer\"\\\n\u{1b}\u{2028}🙂");
        assert_eq!(fields["message"], "GET /\"");
    }
}
