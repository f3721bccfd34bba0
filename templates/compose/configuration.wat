(module
  (memory (export "memory") 1)
  (data (i32.const {{ at }}) "{{ server }}")
  (func (export "{{ function }}") (result i32)
    (i32.const {{ at }}))
)
