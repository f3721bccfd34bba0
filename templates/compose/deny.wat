(module
  (import "{{ types }}" "[resource-drop]{{ request }}" (func $drop (param i32)))
  (memory (export "memory") 1)
  (data (i32.const {{ at }}) "{{ result }}")
  (func (export "{{ hop }}#{{ function }}") (param i32) (result i32)
    (call $drop (local.get 0))
    (i32.const {{ at }}))
)
