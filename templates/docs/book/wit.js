// Colors WIT, which mdBook's highlight.js doesn't know. The words are those of witgen's own parser.
(() => {
    // `%type` is a name.
    const name = /%?[A-Za-z_][\w-]*/;
    const comment = { className: "comment", variants: [
        { begin: /\/\//, end: /$/ },
        { begin: /\/\*/, end: /\*\//, contains: ["self"] },
    ] };
    // highlight.js changes what it is given.
    const keywords = () => ({
        $pattern: name,
        keyword: "{{ keywords }}",
        type: "{{ types }}",
    });
    hljs.registerLanguage("wit", () => ({
        name: "WIT",
        keywords: keywords(),
        contains: [
            comment,
            { className: "string", begin: /"/, end: /"/, illegal: /\n/, contains: [{ begin: /\\./ }] },
            { className: "meta", begin: /@\s*(?:{{ gates }})(?![\w-])/ },
            { className: "number", begin: /\b\d+(?:\.\d+)*(?:[-+][\w.+-]*)?/ },
            { className: "keyword", begin: /\b(?:get|set)(?=\s*\()/ },
            { className: "title", begin: /%?[A-Za-z][\w-]*(?=\s*:\s*(?:static\s+)?(?:async\s+)?(?:func|interface)(?![\w-]))/ },
            // Names that contain or escape a keyword.
            { begin: /%[\w-]+|[A-Za-z_]\w*-[\w-]*/, keywords: keywords() },
            {
                beginKeywords: "{{ declarations }}",
                end: /[{;=]/,
                excludeEnd: true,
                keywords: { $pattern: name, keyword: "{{ declarations }}" },
                contains: [comment, { className: "title", begin: name }],
            },
        ],
    }));
    for (const code of document.querySelectorAll("code.language-wit")) {
        hljs.highlightBlock(code);
    }
})();
