-- Tried with Neovim 0.7.2, whose built-in client has no `vim.lsp.start`, and with 0.11.4.
-- Starts `witgen lsp` for WIT files and for witgen.toml: one server for each folder with a witgen.toml.

local command = vim.g.witgen_path or 'witgen'

-- The servers that were started, by their folders.
local clients = {}
local has_warned = false

-- Returns the folder that a file belongs to: that of the next witgen.toml or .git, else its own.
local function root_of(file)
  local folder = vim.fn.fnamemodify(file, ':p:h')
  local search = vim.fn.escape(folder, ' ,;') .. ';'
  local manifest = vim.fn.findfile('witgen.toml', search)
  if manifest ~= '' then
    return vim.fn.fnamemodify(manifest, ':p:h')
  end
  local git = vim.fn.finddir('.git', search)
  if git ~= '' then
    return vim.fn.fnamemodify(git, ':p:h:h')
  end
  return folder
end

local function on_attach(_, buffer)
  if vim.bo[buffer].filetype ~= 'wit' then
    return
  end
  vim.bo[buffer].omnifunc = 'v:lua.vim.lsp.omnifunc'
  vim.bo[buffer].tagfunc = 'v:lua.vim.lsp.tagfunc'
  vim.bo[buffer].formatexpr = 'v:lua.vim.lsp.formatexpr()'
  vim.keymap.set('n', 'K', vim.lsp.buf.hover, { buffer = buffer, desc = 'WIT: what this is' })
end

local function attach(buffer)
  local file = vim.api.nvim_buf_get_name(buffer)
  if file == '' or file:match('^%a[%w+.-]*://') or vim.bo[buffer].buftype ~= '' then
    return
  end
  if vim.fn.executable(command) ~= 1 then
    if not has_warned then
      has_warned = true
      vim.notify(
        command
          .. " can't be started. Install it with `cargo install --locked witgen-toolkit`, "
          .. 'or set g:witgen_path to where it is.',
        vim.log.levels.WARN
      )
    end
    return
  end
  local root = root_of(file)
  local config = {
    name = 'witgen',
    cmd = { command, 'lsp' },
    root_dir = root,
    workspace_folders = { { name = root, uri = vim.uri_from_fname(root) } },
    on_attach = on_attach,
  }
  if vim.lsp.start then
    -- It finds the server that runs for the folder.
    clients[root] = vim.lsp.start(config, { bufnr = buffer })
    return
  end
  local client = clients[root] and vim.lsp.get_client_by_id(clients[root])
  if not client or client.is_stopped() then
    clients[root] = vim.lsp.start_client(config)
  end
  if clients[root] then
    vim.lsp.buf_attach_client(buffer, clients[root])
  end
end

local group = vim.api.nvim_create_augroup('witgen', { clear = true })
vim.api.nvim_create_autocmd('FileType', {
  group = group,
  pattern = 'wit',
  callback = function(event)
    vim.bo[event.buf].commentstring = '// %s'
    vim.bo[event.buf].comments = 's1:/*,mb:*,ex:*/,:///,://'
    attach(event.buf)
  end,
})

vim.api.nvim_create_autocmd({ 'BufReadPost', 'BufNewFile' }, {
  group = group,
  pattern = 'witgen.toml',
  callback = function(event)
    attach(event.buf)
  end,
})

-- Commands of the server, for the package of the current file.
for name, about in pairs({
  Fetch = 'fetch missing packages into deps/',
  Generate = 'generate the outputs of witgen.toml',
}) do
  vim.api.nvim_create_user_command('Wit' .. name, function()
    local arguments = { vim.uri_from_bufnr(0) }
    local params = { command = 'witgen.' .. name:lower(), arguments = arguments }
    vim.lsp.buf_request(0, 'workspace/executeCommand', params, function(problem)
      if problem then
        vim.notify(problem.message, vim.log.levels.ERROR)
      end
    end)
  end, { desc = 'WIT: ' .. about })
end

vim.api.nvim_create_user_command('WitRestart', function()
  for _, id in pairs(clients) do
    vim.lsp.stop_client(id, true)
  end
  clients = {}
  has_warned = false
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    local is_manifest = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(buffer), ':t') == 'witgen.toml'
    if vim.api.nvim_buf_is_loaded(buffer) and (is_manifest or vim.bo[buffer].filetype == 'wit') then
      attach(buffer)
    end
  end
end, { desc = 'WIT: restart the language server' })
