" Tried with Neovim 0.7.2 and 0.11.4.
" Highlighting of WIT.

if exists('b:current_syntax')
  finish
endif

syntax iskeyword @,48-57,_,-

syntax keyword witKeyword as async constructor export from func import include package
syntax keyword witKeyword static use with
syntax keyword witKeyword interface world type record variant enum flags resource nextgroup=witName skipwhite
syntax match witKeyword /\<\(get\|set\)\ze\s*(/
syntax keyword witType bool char error-context f32 f64 s8 s16 s32 s64 string u8 u16 u32 u64
syntax keyword witType borrow future list map option own result stream tuple

syntax match witEscaped /%\k\+/
syntax match witFunction /%\?\k\+\ze\s*:\s*\(static\s\+\)\?\(async\s\+\)\?func\>/
syntax match witName /%\?\k\+/ contained
syntax match witNumber /\<\d\+\>/
syntax match witVersion /\<\d\+\.\d\+\.\d\+\(-[0-9A-Za-z-]\+\(\.[0-9A-Za-z-]\+\)*\)\?\(+[0-9A-Za-z-]\+\(\.[0-9A-Za-z-]\+\)*\)\?/
syntax match witGate /@\s*\(since\|unstable\|deprecated\|external-id\)\>/
syntax region witString start=/"/ skip=/\\./ end=/"/ oneline

syntax keyword witTodo TODO FIXME contained
syntax match witComment /\/\/.*$/ contains=witTodo,@Spell
syntax match witDocumentation /\/\/\/.*$/ contains=witTodo,@Spell
syntax region witComment matchgroup=witComment start=/\/\*/ end=/\*\// contains=witComment,witTodo,@Spell
syntax region witDocumentation matchgroup=witDocumentation start=/\/\*\*\/\@!/ end=/\*\// contains=witComment,witTodo,@Spell

highlight default link witKeyword Keyword
highlight default link witName Identifier
highlight default link witType Type
highlight default link witEscaped Identifier
highlight default link witFunction Function
highlight default link witNumber Number
highlight default link witVersion Number
highlight default link witGate PreProc
highlight default link witString String
highlight default link witTodo Todo
highlight default link witComment Comment
highlight default link witDocumentation SpecialComment

syntax sync minlines=100

let b:current_syntax = 'wit'
