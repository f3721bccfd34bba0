// Colors WIT, which mdBook's highlight.js doesn't know. The words are those of witgen's own parser.
(() => {
    // `%type` is a name.
    const name = /%?[A-Za-z_][\w-]*/;
    const comment = { className: "comment", variants: [
        { begin: /\/\//, end: /$/ },
        { begin: /\/\*/, end: /\*\//, contains: ["self"] },
    ] };
    hljs.registerLanguage("wit", () => ({
        name: "WIT",
        keywords: {
            $pattern: name,
            keyword: "{{ keywords }}",
            type: "{{ types }}",
        },
        contains: [
            comment,
            { className: "string", begin: /"/, end: /"/, illegal: /\n/, contains: [{ begin: /\\./ }] },
            { className: "meta", begin: /@\s*(?:{{ gates }})(?![\w-])/ },
            { className: "number", begin: /\b\d+(?:\.\d+)*(?:[-+][\w.+-]*)?/ },
            { className: "keyword", begin: /\b(?:get|set)(?=\s*\()/ },
            { className: "title", begin: /%?[A-Za-z][\w-]*(?=\s*:\s*(?:static\s+)?(?:async\s+)?(?:func|interface)(?![\w-]))/ },
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
