;; Exports both functions of a scorer, by types of its own.
(component
  (core module $m (func (export "f") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $f (result u32) (canon lift (core func $i "f")))
  (component $c
    (import "f" (func $f (result u32)))
    (export "describe" (func $f))
    (export "score" (func $f)))
  (instance $s (instantiate $c (with "f" (func $f))))
  (export "taihu:plugin/scoring@0.1.0" (instance $s)))
