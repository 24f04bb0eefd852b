package energy

// ValidateFiles is Validate of other files.
var ValidateFiles = validate

// At is the energy at a node between two published ones.
func At(older, newer, nm float64) float64 {
	v, _, _ := at([]point{{NodeNm: oldestNm, Value: older}, {NodeNm: newestNm, Value: newer}}, nm)
	return v
}

// EnergiesFile is energies.yaml.
func EnergiesFile() string { return string(energiesFile) }
