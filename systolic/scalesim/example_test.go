package scalesim_test

import (
	"fmt"
	"os"

	"lockstep/systolic/scalesim"
)

// A topology and a configuration become the report that SCALE-Sim writes.
func Example() {
	layers, err := scalesim.ReadTopology("net.csv", []byte("Layer, M, N, K,\nfc, 1, 1024, 1024,\nattention, 256, 256, 256,\n"), scalesim.Detect)
	if err != nil {
		fmt.Println(err)
		return
	}
	config, err := scalesim.ReadConfig("array.cfg", []byte("[architecture_presets]\nArrayHeight: 128\nArrayWidth: 128\nDataflow: os\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	rows, err := scalesim.Report(layers, config.Array, config.Dataflow, scalesim.PartialWindows)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := scalesim.WriteComputeReport(os.Stdout, rows); err != nil {
		fmt.Println(err)
	}
	// Output:
	// LayerID, Total Cycles, Stall Cycles, Overall Util %, Mapping Efficiency %, Compute Util %,
	// 0, 10223, 0, 0.6260393230949819, 0.78125, 0.6259780907668232,
	// 1, 2039, 0, 50.220696419813635, 100.0, 50.19607843137255,
	//
}
