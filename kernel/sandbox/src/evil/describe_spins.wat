;; Never ends when it is asked what it is.
(func (export "taihu:plugin/scoring@0.1.0#describe")
  (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
  (loop $for_ever (br $for_ever))
  unreachable)
(func $score (param $args i32) (result i32)
  (call $honest (local.get $args)))
