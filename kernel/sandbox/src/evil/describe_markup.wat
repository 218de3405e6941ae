;; Has a factor whose key is a piece of a web page.
(data (i32.const 1024) "<script>alert(1)</script>")
(data (i32.const 80) "\00\04\00\00\19\00\00\00")
(func $score (param $args i32) (result i32)
  (call $honest (local.get $args)))
