package cosim_test

import (
	"fmt"
	"os"
	"strings"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/ternary"
	"lockstep/ternary/core"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
	"lockstep/verilator"
	"lockstep/wave"
)

func TestExplore(t *testing.T) {
	c := hardwareConfig(t, "TP=8", "VP=4", "lat=4")
	s := ternary.Shape{Layers: 1, Hidden: 24, Intermediate: 12, Vocab: 16, NormEps: 1e-6}
	w, err := ternary.Random(s, 1)
	require.NoError(t, err)
	m, err := fixed.New(w, fixed.Default())
	require.NoError(t, err)
	p, err := isa.Compile(s, c.Target(m.Config))
	require.NoError(t, err)
	require.NoError(t, p.Bind(m))
	for _, r := range p.Layout.Regions {
		t.Logf("%+v", r)
	}
	t.Log(isa.Disassemble(p.Instrs))
	in := append([]isa.Instr{}, p.Instrs[:4]...)
	var tm isa.Instr
	for _, i := range p.Instrs {
		if i.Op == isa.TMATMUL && i.N == 12 {
			tm = i
			break
		}
	}
	in = append(in, isa.Instr{Op: isa.QUANT, Q: 0, A: 0, B: in[1].D, S: 0, N: 24}, tm)
	in[5].D, in[5].Q, in[5].S = 3, 0, 0
	in = append(in, isa.Instr{Op: isa.ADD, D: 4, A: 3, B: 0, N: 12})
	p.Instrs = in
	t.Log(isa.Disassemble(p.Instrs))
	top, err := core.RTL(c, p, m.Config)
	require.NoError(t, err)
	port := func(name string) verilator.MemoryPort {
		return verilator.MemoryPort{Name: name, LatencyCycles: c.Lat, Efficiency: verilator.Ratio(c.Eff)}
	}
	mems := []verilator.Memory{{Name: "code", Bytes: int64(len(p.Instrs) * isa.WordBytes), Ports: []verilator.MemoryPort{port("program")}},
		{Name: "data", Bytes: p.Layout.Bytes(), Ports: []verilator.MemoryPort{port("weights"), port("vectors")}}}
	ss, err := verilator.NewSession(t.Context(), top, verilator.SessionConfig{Memories: mems, Trace: true})
	require.NoError(t, err)
	data, err := core.Contents(p, m)
	require.NoError(t, err)
	code, err := isa.EncodeAll(p.Instrs)
	require.NoError(t, err)
	require.NoError(t, errors.Join(ss.Load("data", 0, data), ss.Load("code", 0, code), ss.Reset(), ss.Set("load_count", int64(len(p.Instrs)))))
	require.NoError(t, ss.Set("load_valid", 1))
	require.NoError(t, ss.Step(1))
	require.NoError(t, ss.Set("load_valid", 0))
	_, err = ss.RunUntil(10000, "token_ready", 1)
	require.NoError(t, err)
	require.NoError(t, ss.Wave("/tmp/diagram/x.vcd"))
	require.NoError(t, ss.Set("token_valid", 1))
	require.NoError(t, ss.Step(1))
	require.NoError(t, ss.Set("token_valid", 0))
	require.NoError(t, ss.Step(100))
	require.NoError(t, ss.Close())
	f, err := os.Open("/tmp/diagram/x.vcd")
	require.NoError(t, err)
	var names []string
	for _, n := range strings.Fields(list) {
		names = append(names, "TOP."+top.Name+"."+n)
	}
	rec, err := wave.ReadVCD(f, "TOP.clk_i", names...)
	require.NoError(t, err)
	for _, n := range names {
		s := rec.Signals[n]
		out := ""
		for c := range rec.Cycles {
			out += fmt.Sprintf("%3d", s.Samples[c].Value)
		}
		fmt.Printf("%-20s%s\n", strings.TrimPrefix(n, "TOP."+top.Name+"."), out)
	}
}

const list = `
token_valid_i u_fetch_i_valid u_fetch_i_op fire
vectors_req_valid_o vectors_req_ready_i vectors_rd_valid_i load_word_q vectors_busy_q load_end
v0_writing v0_written_q v7_writing v7_written_q v1_writing v1_written_q v3_written_q v4_written_q
walk1_on_q walk1_step walk1_word_q walk1_waits_a walk1_waits_b rms_x_valid_to0 u_rms_s_valid u_rms_cmd_ready walk1_free
walk0_on_q walk0_step walk0_word_q walk0_waits_a quant_valid_to0 quant_norm_to0 u_quant_valid walk0_free
weights_req_valid_o weights_req_ready_i weights_rd_valid_i import_on_q import_word_q tmatmul_x_valid_to0 u_tmatmul_y_valid export_row_q matrix_end
rowwise_valid_to0 u_rowwise_valid in_flight_q products_q done_valid_o
`
