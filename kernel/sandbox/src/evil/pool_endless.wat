;; Says that its taxonomy has four thousand million categories. (What it is lies at 128.)
(data (i32.const 148) "\50\00\00\00\ff\ff\ff\ff")
