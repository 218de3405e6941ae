;; Takes four gigabytes at once.
(func $score (param $args i32) (result i32)
  (drop (memory.grow (i32.const 65000)))
  (call $honest (local.get $args)))
