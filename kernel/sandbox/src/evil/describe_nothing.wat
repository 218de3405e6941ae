;; Says that it has no factors at all.
(data (i32.const 116) "\50\00\00\00\00\00\00\00")
(func $score (param $args i32) (result i32)
  (call $honest (local.get $args)))
