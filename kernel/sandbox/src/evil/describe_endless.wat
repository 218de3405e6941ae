;; Says that it has four thousand million factors. (The list of what it is lies at 116.)
(data (i32.const 116) "\50\00\00\00\ff\ff\ff\ff")
(func $score (param $args i32) (result i32)
  (call $honest (local.get $args)))
