//! Pages in Chromium.

use std::ffi::OsStr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use headless_chrome::protocol::cdp::Log::LogEntryLevel;
use headless_chrome::protocol::cdp::Runtime::ConsoleAPICalledEventTypeOption;
use headless_chrome::protocol::cdp::{Emulation, Page, types::Event};
use headless_chrome::{Browser, LaunchOptions, Tab};

use crate::peers::browser;

/// The width of a phone in CSS pixels.
pub const PHONE_WIDTH: u32 = 390;

/// The width of a window on a desk in CSS pixels.
pub const DESK_WIDTH: u32 = 1200;

/// Opens Chromium. If it is missing, Debian's is installed.
pub fn open() -> Browser {
    let quiet = [
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
    ];
    let options = LaunchOptions::default_builder()
        .path(Some(browser()))
        // Chromium's own sandbox refuses to run as root.
        .sandbox(false)
        .args(quiet.iter().map(OsStr::new).collect())
        .idle_browser_timeout(Duration::from_secs(120))
        .build()
        .unwrap();
    Browser::new(options).unwrap()
}

/// Returns the errors that the console of a tab shows from now on.
pub fn listen(tab: &Tab) -> Arc<Mutex<Vec<String>>> {
    let errors: Arc<Mutex<Vec<String>>> = Arc::default();
    let found = errors.clone();
    tab.enable_log().unwrap();
    tab.enable_runtime().unwrap();
    tab.add_event_listener(Arc::new(move |event: &Event| {
        // That no colours are known for a diagram's text is a warning, and no fault.
        let text = match event {
            Event::LogEntryAdded(added) if added.params.entry.level == LogEntryLevel::Error => {
                format!("{:?}", added.params.entry)
            }
            Event::RuntimeExceptionThrown(thrown) => format!("{:?}", thrown.params),
            Event::RuntimeConsoleAPICalled(call)
                if matches!(call.params.Type, ConsoleAPICalledEventTypeOption::Error) =>
            {
                format!("{:?}", call.params.args)
            }
            _ => return,
        };
        found.lock().unwrap().push(text);
    }))
    .unwrap();
    errors
}

/// Returns the value of an expression; null while a page gives way to the next.
pub fn evaluate(tab: &Tab, script: &str) -> serde_json::Value {
    let text = tab
        .evaluate(&format!("JSON.stringify({script})"), true)
        .ok()
        .and_then(|result| result.value)
        .unwrap_or_default();
    serde_json::from_str(text.as_str().unwrap_or("null")).unwrap()
}

/// Waits until an expression is true: a page goes on working after it has loaded.
pub fn wait(tab: &Tab, script: &str) {
    let start = Instant::now();
    while evaluate(tab, script) != serde_json::Value::Bool(true) {
        let url = evaluate(tab, "location.href");
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "at {url}, never: {script}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Clicks on an element, as soon as the page has it.
pub fn click(tab: &Tab, selector: &str) {
    wait(
        tab,
        &format!("document.querySelector(`{selector}`) !== null"),
    );
    // The page may be drawn again.
    tab.wait_for_element(selector).unwrap().click().unwrap();
}

/// Sets the width of the window: that of a phone or of a desk.
pub fn set_width(tab: &Tab, width: u32) {
    tab.call_method(Emulation::SetDeviceMetricsOverride {
        width,
        height: 844,
        device_scale_factor: 1.0,
        mobile: width == PHONE_WIDTH,
        scale: None,
        screen_width: None,
        screen_height: None,
        position_x: None,
        position_y: None,
        dont_set_visible_size: None,
        screen_orientation: None,
        viewport: None,
        display_feature: None,
        device_posture: None,
    })
    .unwrap();
}

/// Returns a picture of a page as PNG.
pub fn picture(tab: &Tab) -> Vec<u8> {
    let png = Page::CaptureScreenshotFormatOption::Png;
    tab.capture_screenshot(png, None, None, true).unwrap()
}
