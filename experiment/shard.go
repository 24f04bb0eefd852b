package experiment

import (
	"fmt"
	"strconv"
	"strings"
)

// A Shard is one of Count parts of an experiment: the points whose index is
// Index-1 modulo Count. The zero value is the whole.
type Shard struct {
	Index int // 1 to Count
	Count int // 1 to 100000
}

// String is the form that ParseShard reads.
func (s Shard) String() string {
	if s == (Shard{}) {
		return "1/1"
	}
	return fmt.Sprintf("%d/%d", s.Index, s.Count)
}

// ParseShard reads INDEX/COUNT, as 1/4.
func ParseShard(text string) (Shard, error) {
	index, count, ok := strings.Cut(text, "/")
	i, errI := decimal(index)
	n, errN := decimal(count)
	s := Shard{i, n}
	if !ok || errI != nil || errN != nil || s == (Shard{}) || s.validate() != nil {
		return Shard{}, fmt.Errorf("experiment: shard is %q, want INDEX/COUNT with 1 <= INDEX <= COUNT <= %d", text, MaxPoints)
	}
	return s, nil
}

// decimal reads digits, without a sign.
func decimal(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 31)
	return int(n), err
}

func (s Shard) validate() error {
	if s != (Shard{}) && (s.Count < 1 || s.Count > MaxPoints || s.Index < 1 || s.Index > s.Count) {
		return fmt.Errorf("shard is %d/%d, want INDEX/COUNT with 1 <= INDEX <= COUNT <= %d", s.Index, s.Count, MaxPoints)
	}
	return nil
}

// of returns the points of the shard, in their order.
func (s Shard) of(points []Point) []Point {
	if s == (Shard{}) {
		return points
	}
	var part []Point
	for i := s.Index - 1; i < len(points); i += s.Count {
		part = append(part, points[i])
	}
	return part
}

// CompletionsEnv is the variable in which the manifest of a Kubernetes Indexed
// Job repeats its number of completions; Kubernetes itself tells a pod its index
// only.
const CompletionsEnv = "JOB_COMPLETIONS"

// ShardFromEnv returns the shard that a task of a Slurm job array or a pod of a
// Kubernetes Indexed Job is, the zero value elsewhere. getenv is [os.Getenv].
// The tasks of an array must be evenly spaced: --array=1-4 or 0-6:2.
func ShardFromEnv(getenv func(string) string) (Shard, error) {
	task, index := getenv("SLURM_ARRAY_TASK_ID"), getenv("JOB_COMPLETION_INDEX")
	switch {
	case task != "" && index != "":
		return Shard{}, fmt.Errorf("experiment: SLURM_ARRAY_TASK_ID and JOB_COMPLETION_INDEX are both set, want one of them")
	case task != "":
		return slurm(getenv)
	case index != "":
		return kubernetes(getenv)
	}
	return Shard{}, nil
}

// slurm reads the variables that sbatch(1) lists under "output environment
// variables" for job arrays.
func slurm(getenv func(string) string) (Shard, error) {
	var id, low, high, step, count int
	for _, v := range []struct {
		name string
		to   *int
	}{
		{"SLURM_ARRAY_TASK_ID", &id},
		{"SLURM_ARRAY_TASK_MIN", &low},
		{"SLURM_ARRAY_TASK_MAX", &high},
		{"SLURM_ARRAY_TASK_STEP", &step},
		{"SLURM_ARRAY_TASK_COUNT", &count},
	} {
		n, err := decimal(getenv(v.name))
		if err != nil {
			return Shard{}, fmt.Errorf("experiment: %s is %q, want a number", v.name, getenv(v.name))
		}
		*v.to = n
	}
	if count == 1 && id == low && id == high {
		return Shard{1, 1}, nil // of one task Slurm gives any step
	}
	if step < 1 || low > id || id > high || (id-low)%step != 0 || (high-low)%step != 0 || (high-low)/step+1 != count {
		return Shard{}, fmt.Errorf("experiment: Slurm task %d of %d tasks from %d to %d by %d, want evenly spaced tasks, as --array=1-%d", id, count, low, high, step, max(count, 1))
	}
	s := Shard{(id-low)/step + 1, count}
	if err := s.validate(); err != nil {
		return Shard{}, fmt.Errorf("experiment: %w", err)
	}
	return s, nil
}

func kubernetes(getenv func(string) string) (Shard, error) {
	index, err := decimal(getenv("JOB_COMPLETION_INDEX"))
	if err != nil {
		return Shard{}, fmt.Errorf("experiment: JOB_COMPLETION_INDEX is %q, want a number", getenv("JOB_COMPLETION_INDEX"))
	}
	count, err := decimal(getenv(CompletionsEnv))
	if s := (Shard{index + 1, count}); err == nil && s.validate() == nil {
		return s, nil
	}
	return Shard{}, fmt.Errorf("experiment: %s is %q, want the completions of the job, more than the index %d", CompletionsEnv, getenv(CompletionsEnv), index)
}
