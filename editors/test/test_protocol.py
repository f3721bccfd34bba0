"""The language server with the client of pytest-lsp, which checks all messages against the protocol's types."""

import os
import pathlib

import pytest
import pytest_lsp
from lsprotocol import types as lsp
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

ROOT = pathlib.Path(__file__).resolve().parents[2]
WITGEN = os.environ.get("WITGEN", "witgen")


@pytest_lsp.fixture(
    config=ClientServerConfig(server_command=[WITGEN, "lsp"]),
    params=["visual_studio_code", "neovim", "emacs"],
)
async def client(request, lsp_client: LanguageClient):
    capabilities = client_capabilities(request.param)
    params = lsp.InitializeParams(capabilities=capabilities, root_uri=ROOT.as_uri())
    await lsp_client.initialize_session(params)
    yield
    await lsp_client.shutdown_session()


def opened(client: LanguageClient, name: str) -> tuple[str, str]:
    file = ROOT / "wit" / name
    text = file.read_text()
    item = lsp.TextDocumentItem(uri=file.as_uri(), language_id="wit", version=1, text=text)
    client.text_document_did_open(lsp.DidOpenTextDocumentParams(text_document=item))
    return file.as_uri(), text


def position(text: str, words: str, offset: int = 0) -> lsp.Position:
    before = text[: text.index(words) + offset]
    line = before.count("\n")
    return lsp.Position(line=line, character=len(before) - before.rfind("\n") - 1)


@pytest.mark.asyncio
async def test_hover_definition_and_references(client: LanguageClient):
    uri, text = opened(client, "worlds.wit")
    document = lsp.TextDocumentIdentifier(uri=uri)
    at = position(text, "import client;", len("import "))
    hover = await client.text_document_hover_async(
        lsp.HoverParams(text_document=document, position=at)
    )
    assert "interface client" in hover.contents.value
    definition = await client.text_document_definition_async(
        lsp.DefinitionParams(text_document=document, position=at)
    )
    assert definition.uri.endswith("/wit/client.wit")
    implementations = await client.text_document_implementation_async(
        lsp.ImplementationParams(text_document=document, position=at)
    )
    assert [place.uri for place in implementations] == [uri]
    references = await client.text_document_references_async(
        lsp.ReferenceParams(
            text_document=document,
            position=at,
            context=lsp.ReferenceContext(include_declaration=True),
        )
    )
    assert len(references) == 2


@pytest.mark.asyncio
async def test_rename_is_prepared_and_made(client: LanguageClient):
    uri, text = opened(client, "types.wit")
    document = lsp.TextDocumentIdentifier(uri=uri)
    at = position(text, "resource request-options", len("resource "))
    prepared = await client.text_document_prepare_rename_async(
        lsp.PrepareRenameParams(text_document=document, position=at)
    )
    assert prepared.placeholder == "request-options"
    edit = await client.text_document_rename_async(
        lsp.RenameParams(text_document=document, position=at, new_name="send-options")
    )
    assert len(edit.changes[uri]) > 3


@pytest.mark.asyncio
async def test_symbols_hints_tokens_folds_and_selections(client: LanguageClient):
    uri, text = opened(client, "worlds.wit")
    document = lsp.TextDocumentIdentifier(uri=uri)
    symbols = await client.text_document_document_symbol_async(
        lsp.DocumentSymbolParams(text_document=document)
    )
    assert [symbol.name for symbol in symbols][:1] == ["imports"]
    found = await client.workspace_symbol_async(lsp.WorkspaceSymbolParams(query="proxy"))
    assert any(symbol.name == "proxy" for symbol in found)
    whole = lsp.Range(
        start=lsp.Position(line=0, character=0), end=lsp.Position(line=1000, character=0)
    )
    hints = await client.text_document_inlay_hint_async(
        lsp.InlayHintParams(text_document=document, range=whole)
    )
    assert any("import" in hint.label for hint in hints)
    tokens = await client.text_document_semantic_tokens_full_async(
        lsp.SemanticTokensParams(text_document=document)
    )
    assert tokens.data and len(tokens.data) % 5 == 0
    folds = await client.text_document_folding_range_async(
        lsp.FoldingRangeParams(text_document=document)
    )
    assert folds
    selections = await client.text_document_selection_range_async(
        lsp.SelectionRangeParams(text_document=document, positions=[position(text, "proxy")])
    )
    assert selections[0].parent is not None


@pytest.mark.asyncio
async def test_completion_and_formatting(client: LanguageClient):
    uri, text = opened(client, "worlds.wit")
    document = lsp.TextDocumentIdentifier(uri=uri)
    at = position(text, "import client;", len("import "))
    items = await client.text_document_completion_async(
        lsp.CompletionParams(text_document=document, position=at)
    )
    labels = [item.label for item in items]
    assert "client" in labels and "wasi:clocks/monotonic-clock@0.3.2" in labels
    options = lsp.FormattingOptions(tab_size=2, insert_spaces=True)
    edits = await client.text_document_formatting_async(
        lsp.DocumentFormattingParams(text_document=document, options=options)
    )
    assert not edits


@pytest.mark.asyncio
async def test_links_and_lenses(client: LanguageClient):
    uri, text = opened(client, "worlds.wit")
    document = lsp.TextDocumentIdentifier(uri=uri)
    links = await client.text_document_document_link_async(
        lsp.DocumentLinkParams(text_document=document)
    )
    assert all(link.target for link in links)
    lenses = await client.text_document_code_lens_async(lsp.CodeLensParams(text_document=document))
    titles = [lens.command.title for lens in lenses]
    assert "next hop: wasi:http/origin@0.3.1002" in titles
    assert "generate the outputs of witgen.toml" in titles


@pytest.mark.asyncio
async def test_settings_are_checked(client: LanguageClient):
    uri = (ROOT / "witgen.toml").as_uri()
    item = lsp.TextDocumentItem(uri=uri, language_id="toml", version=1, text="[docs]\nuot = 1\n")
    client.text_document_did_open(lsp.DidOpenTextDocumentParams(text_document=item))
    while not client.diagnostics.get(uri):
        await client.wait_for_notification("textDocument/publishDiagnostics")
    (problem,) = client.diagnostics[uri]
    assert problem.code == "invalid-config" and problem.range.start.line == 1


@pytest.mark.asyncio
async def test_diagnostics_follow_edits(client: LanguageClient):
    uri, text = opened(client, "client.wit")
    await client.wait_for_notification("textDocument/publishDiagnostics")
    change = lsp.TextDocumentContentChangeWholeDocument(text=text.replace("async func", "func async"))
    client.text_document_did_change(
        lsp.DidChangeTextDocumentParams(
            text_document=lsp.VersionedTextDocumentIdentifier(uri=uri, version=2),
            content_changes=[change],
        )
    )
    while not client.diagnostics.get(uri):
        await client.wait_for_notification("textDocument/publishDiagnostics")
    assert "expected `(`" in client.diagnostics[uri][0].message
    actions = await client.text_document_code_action_async(
        lsp.CodeActionParams(
            text_document=lsp.TextDocumentIdentifier(uri=uri),
            range=client.diagnostics[uri][0].range,
            context=lsp.CodeActionContext(diagnostics=client.diagnostics[uri]),
        )
    )
    assert not actions
