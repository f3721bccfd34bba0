//! Checks in a browser whether text is readable.

use headless_chrome::Tab;
use testkit::browser::evaluate;

/// Returns texts whose contrast with what is behind them is less than 4.5 to 1 (WCAG 2.2, 1.4.3), with their ratios.
pub fn faint_texts(tab: &Tab) -> Vec<String> {
    let found = evaluate(tab, SCRIPT);
    found.as_array().unwrap().iter().map(ToString::to_string).collect()
}

/// Colours are resolved as a canvas does.
const SCRIPT: &str = "(() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const resolve = (color) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const luminance = (color) => {
        const [red, green, blue] = color.slice(0, 3).map((part) => {
            const share = part / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const color = resolve(getComputedStyle(at).backgroundColor);
            if (color[3] === 255) {
                return color;
            }
        }
        return [255, 255, 255, 255];
    };
    const faint = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        const text = walker.currentNode.nodeValue.trim();
        const isShown = element.getClientRects().length > 0 && !element.closest('script, style, .hidden');
        if (text === '' || !isShown) {
            continue;
        }
        const [one, other] = [resolve(getComputedStyle(element).color), behind(element)].map(luminance);
        const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        if (ratio < 4.5) {
            faint.add(`${text}: ${ratio.toFixed(2)}`);
        }
    }
    return [...faint];
})()";
