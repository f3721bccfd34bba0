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
        keyword: "as async constructor enum export flags from func import include interface package record resource static type use variant with world",
        type: "bool borrow char error-context f32 f64 future list map option own result s16 s32 s64 s8 stream string tuple u16 u32 u64 u8",
    });
    hljs.registerLanguage("wit", () => ({
        name: "WIT",
        keywords: keywords(),
        contains: [
            comment,
            { className: "string", begin: /"/, end: /"/, illegal: /\n/, contains: [{ begin: /\\./ }] },
            { className: "meta", begin: /@\s*(?:since|unstable|deprecated|external-id)(?![\w-])/ },
            { className: "number", begin: /\b\d+(?:\.\d+)*(?:[-+][\w.+-]*)?/ },
            { className: "keyword", begin: /\b(?:get|set)(?=\s*\()/ },
            { className: "title", begin: /%?[A-Za-z][\w-]*(?=\s*:\s*(?:static\s+)?(?:async\s+)?(?:func|interface)(?![\w-]))/ },
            // Names that contain or escape a keyword.
            { begin: /%[\w-]+|[A-Za-z_]\w*-[\w-]*/, keywords: keywords() },
            {
                beginKeywords: "interface world record variant enum flags resource type",
                end: /[{;=]/,
                excludeEnd: true,
                keywords: { $pattern: name, keyword: "interface world record variant enum flags resource type" },
                contains: [comment, { className: "title", begin: name }],
            },
        ],
    }));
    for (const code of document.querySelectorAll("code.language-wit")) {
        hljs.highlightBlock(code);
    }
})();
