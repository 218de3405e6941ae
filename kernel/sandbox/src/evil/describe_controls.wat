;; Has a factor whose label clears the terminal of who reads it.
(data (i32.const 32) "\1b[2J\0d\0a")
(func $score (param $args i32) (result i32)
  (call $honest (local.get $args)))
