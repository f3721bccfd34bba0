// Draws the diagrams. Where Mermaid cannot be had, their text stays.
(() => {
    const diagrams = document.querySelectorAll("code.language-mermaid");
    if (diagrams.length === 0) {
        return;
    }
    const address = {{ address }};
    const script = document.createElement("script");
    // A path is one from the book's root, wherever the page stands.
    const root = typeof path_to_root === "string" ? path_to_root : "";
    script.src = /^[a-z]+:/.test(address) ? address : root + address;
{%- if let Some(integrity) = integrity %}
    script.integrity = "{{ integrity }}";
    script.crossOrigin = "anonymous";
{%- endif %}
    script.onload = () => {
        for (const code of diagrams) {
            const diagram = document.createElement("div");
            diagram.className = "mermaid";
            diagram.textContent = code.textContent;
            code.parentElement.replaceWith(diagram);
        }
        const dark = ["ayu", "coal", "navy"];
        const isDark = dark.some((theme) => document.documentElement.classList.contains(theme));
        window.mermaid.initialize({ startOnLoad: false, theme: isDark ? "dark" : "default" });
        window.mermaid.run({ querySelector: ".mermaid" });
    };
    document.head.append(script);
})();
