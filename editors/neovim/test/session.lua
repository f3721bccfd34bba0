-- A session with Neovim's own client in a copy of this repository's WIT: diagnostics, definition, rename, formatting,
-- witgen.toml and a command.
--
--     nvim --headless --clean -u editors/neovim/test/session.lua   (in a folder with `wit/`)

local here = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h:h')
vim.opt.runtimepath:prepend(here)
vim.cmd('filetype plugin on')
dofile(here .. '/witgen.lua')

local function check(condition, what)
  if not condition then
    io.stderr:write('failed: ' .. what .. '\n')
    vim.cmd('cquit 1')
  end
  print(what)
end

local function until_true(what, condition)
  check(vim.wait(20000, condition, 50), what)
end

local function lines()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), '\n')
end

local function go_to(text)
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  check(vim.fn.search('\\V' .. text, 'cW') > 0, 'the file has `' .. text .. '`')
end

vim.cmd('edit wit/worlds.wit')
until_true('the server is attached', function()
  return #vim.lsp.buf_get_clients(0) > 0
end)

-- A mistake that is typed is shown, and goes away.
go_to('import client;')
vim.cmd('normal! ccimport ;')
until_true('a mistake is shown', function()
  local found = vim.diagnostic.get(0)
  return #found == 1 and found[1].message:find('expected an identifier') ~= nil
end)
vim.cmd('undo')
until_true('the mistake is gone', function()
  return #vim.diagnostic.get(0) == 0
end)

-- The definition of an interface is in another file.
go_to('import client;')
vim.cmd('normal! W')
vim.lsp.buf.definition()
until_true('the definition is in client.wit', function()
  return vim.fn.expand('%:t') == 'client.wit'
end)

-- A type is renamed in all files.
vim.cmd('edit wit/types.wit')
go_to('resource request-options')
vim.cmd('normal! W')
vim.lsp.buf.rename('send-options')
until_true('the resource is renamed', function()
  return lines():find('resource send%-options') ~= nil and lines():find('option<send%-options>') ~= nil
end)

-- Formatting takes back what it changes.
local before = lines()
go_to('resource send-options')
vim.cmd('normal! 4>>')
check(lines() ~= before, 'the file is unformatted')
if vim.lsp.buf.format then
  vim.lsp.buf.format({ timeout_ms = 20000 })
else
  vim.lsp.buf.formatting_sync(nil, 20000)
end
check(lines() == before, 'the file is formatted')

-- A witgen.toml is checked while it is typed, and its outputs are generated.
vim.cmd('edit witgen.toml')
vim.api.nvim_buf_set_lines(0, 0, -1, true, { '[docs]', 'uot = "spec"' })
until_true('a mistake in witgen.toml is shown', function()
  local found = vim.diagnostic.get(0)
  return #found == 1 and found[1].message:find('did you mean `out`') ~= nil
end)
vim.api.nvim_buf_set_lines(0, 1, 2, true, { 'out = "spec"' })
until_true('the mistake in witgen.toml is gone', function()
  return #vim.diagnostic.get(0) == 0
end)
vim.cmd('write')
vim.cmd('WitGenerate')
until_true('the specification is generated', function()
  return vim.fn.filereadable('spec/README.md') == 1
end)
vim.cmd('qall!')
