package chip_test

import (
	"context"
	"fmt"
	"log"

	"lockstep/systolic"
	"lockstep/systolic/chip"
)

// A product of three tiles of K and what becomes of it, instruction by
// instruction.
func ExampleCompile() {
	p, err := chip.Compile(chip.Default(4, 4), systolic.GEMM{M: 5, N: 4, K: 9})
	if err != nil {
		log.Fatal(err)
	}
	report, err := p.Run(context.Background(), nil, chip.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for k, in := range p.Instrs {
		fmt.Println(report.Spans[k].Start, report.Spans[k].End, in)
	}
	fmt.Println(report.Cycles, "cycles")
	// Output:
	// 2 27 LOAD count=4 bytes=4 row=0 addr=64 stride=4 signals=s0:1
	// 6 32 LOAD count=5 bytes=4 row=256 addr=0 stride=9 signals=s0:1
	// 32 51 PASS count=5 word=0 row=0 input=256 first waits=s0:2 signals=s1:1
	// 11 36 LOAD count=4 bytes=4 row=4 addr=80 stride=4 signals=s0:1
	// 15 41 LOAD count=5 bytes=4 row=261 addr=4 stride=9 signals=s0:1
	// 41 60 PASS count=5 word=0 row=4 input=261 waits=s0:2 signals=s1:1
	// 51 73 LOAD count=1 bytes=4 row=0 addr=96 stride=4 waits=s1:1 signals=s0:1
	// 52 78 LOAD count=5 bytes=1 row=256 addr=8 stride=9 signals=s0:1
	// 78 97 PASS count=5 word=0 row=0 input=256 waits=s0:2 signals=s1:1,s2:1
	// 97 105 DRAIN count=5 word=0 row=512 waits=s2:1 signals=s3:1,s4:1
	// 105 146 STORE count=5 bytes=16 row=512 addr=128 stride=16 waits=s4:1 signals=s5:1
	// 146 cycles
}
