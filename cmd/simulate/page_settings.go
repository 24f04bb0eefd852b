package main

// What the keys of configurations mean. A test compares them with the keys that
// there are.

var coreSettings = map[string]setting{
	"clock_hz":          {"Hz", "clock of the core"},
	"TP":                {"trit/cycle", "weights that the matrix unit takes"},
	"VP":                {"element/cycle", "of every vector unit"},
	"vector_registers":  {"register", "each holds the longest vector of the model"},
	"scalar_registers":  {"register", "each holds the three scales of a norm pass"},
	"operand_buffers":   {"vector", "int8 vectors before the matrix unit"},
	"matrix_queue":      {"product", "that wait behind the running one, their weights requested"},
	"vector_ports":      {"port pair", "of operands: 1 for all vector units, 2 with one for RMS, 3 with one for QUANT too"},
	"batch":             {"sequence", "that share weights and control"},
	"cores":             {"core", "each with a memory and sequences of its own"},
	"zero_skip":         {"", "columns of activations that are 0 are neither read nor multiplied"},
	"packing":           {"", "of weights in memory"},
	"lat":               {"cycle", "from a memory request to its first beat"},
	"eff":               {"beat/cycle", "of each memory port"},
	"weight_beat_bytes": {"byte/beat", "of the weight port"},
	"vector_beat_bytes": {"byte/beat", "of the vector port"},
}

var ternipSettings = map[string]setting{
	"D":                {"element", "of a vector"},
	"VP":               {"element/cycle", "of the vector units"},
	"TP":               {"trit/cycle", "weights that the matrix unit takes"},
	"vector_registers": {"register", "each holds a vector"},
	"lat":              {"cycle", "from a read request to its first beat"},
	"eff":              {"beat/cycle", "read, of each port"},
	"weff":             {"beat/cycle", "written, of each port"},
	"fifo":             {"beat", "read beats that a port can hold"},
	"max_outstanding":  {"stream", "that a port accepts; never a limit"},
	"fin_b":            {"cycle", "of a FIN that does not say"},
}

var tpuSettings = map[string]setting{
	"clock_hz":                {"Hz", "clock of everything"},
	"cores":                   {"core", "they share the HBM and nothing else"},
	"arrays":                  {"array/core", "systolic arrays"},
	"rows":                    {"element", "processing elements along the rows of an array"},
	"cols":                    {"element", "processing elements along the columns of an array"},
	"dataflow":                {"", "what stays in the array, where a program does not say: os, ws or is"},
	"bf16_rate":               {"beat/cycle", "operand beats of an array for bf16; 0: not supported"},
	"int8_rate":               {"beat/cycle", "operand beats of an array for u8, s8 and ternary; 0: not supported"},
	"vmem_bytes":              {"byte/core", "on-chip memory"},
	"vmem_bytes_per_cycle":    {"byte/cycle", "of the on-chip memory of a core"},
	"hbm_bytes":               {"byte", "memory of the machine"},
	"hbm_bytes_per_cycle":     {"byte/cycle", "of that memory, all cores together"},
	"hbm_latency_cycles":      {"cycle", "from a request to its first bytes"},
	"dma_engines":             {"engine", "per core and direction"},
	"dma_in_flight":           {"move", "that one engine has under way at most"},
	"lanes":                   {"lane", "of the vector unit"},
	"sublanes":                {"sublane", "of each lane; lanes times sublanes 32-bit words are one vector register"},
	"alus":                    {"op/cycle", "of each lane and sublane"},
	"xlus":                    {"unit/core", "cross-lane units"},
	"xlu_registers_per_cycle": {"register/cycle", "that one cross-lane unit moves"},
	"overlap_weights":         {"", "the next stationary operand is loaded under the running pass"},
	"overlap_drain":           {"", "the next pass streams directly behind the running one"},
	"overlap_dma":             {"", "transfers run under computation"},
	"launch_cycles":           {"cycle", "added once per program"},
}

var loweringSettings = map[string]setting{
	"reduction":   {"", "how products are reduced"},
	"product":     {"", "the bytes of known constants"},
	"transform":   {"", "layout between the steps of a transform"},
	"permutation": {"", "how an automorphism moves elements"},
	"bytes":       {"", "operand type of byte products"},
	"parameters":  {"", "where known matrices and keys come from"},
	"fusion":      {"", "what runs one after another"},
}

var timingSettings = map[string]setting{
	"rowwise_latency": {"cycle", "from a beat to its result"},
	"quant_latency":   {"cycle", "from a beat to its result"},
	"rms_latency":     {"cycle", "from the last beat to the scales"},
	"tmatmul_latency": {"cycle", "from the last weight beat of a row to its result"},
	"unpack_latency":  {"cycle", "from a beat of memory to the weight beat that it completes; 0 without unpacker"},
	"argmax_latency":  {"cycle", "from the last beat to the index"},
}
