package energy

import "math"

// The nodes for which energies are published.
const (
	newestNm = 7.0
	oldestNm = 45.0
)

// A point is an energy at a node.
type point struct {
	NodeNm float64 `yaml:"node_nm"` // 0: the same at every node
	Value  float64 `yaml:"value"`
	Source string  `yaml:"source"`
}

// at returns the energy at a node of 7 to 45 nm, the points it is from, and
// whether it lies between them. points is one of node 0, or two with the older
// node first.
func at(points []point, nm float64) (value float64, from []point, scaled bool) {
	if len(points) == 1 {
		return points[0].Value, points, false
	}
	older, newer := points[0], points[1]
	switch nm {
	case older.NodeNm:
		return older.Value, points[:1], false
	case newer.NodeNm:
		return newer.Value, points[1:], false
	}
	k := math.Log(newer.Value/older.Value) / math.Log(newer.NodeNm/older.NodeNm)
	return older.Value * math.Pow(nm/older.NodeNm, k), points, true
}
