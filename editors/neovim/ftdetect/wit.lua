-- Tried with Neovim 0.7.2 and 0.11.4.
-- Neovim knows no WIT: files that end in .wit have the type wit.

vim.api.nvim_create_autocmd({ 'BufNewFile', 'BufRead' }, {
  pattern = '*.wit',
  callback = function()
    vim.bo.filetype = 'wit'
  end,
})
