package experiment

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseShard(t *testing.T) {
	for text, want := range map[string]Shard{"1/1": {1, 1}, "1/4": {1, 4}, "4/4": {4, 4}, "007/10": {7, 10}, "100000/100000": {100000, 100000}} {
		got, err := ParseShard(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"", "1", "/", "1/", "/4", "0/4", "5/4", "-1/4", "+1/4", "1/-4", "1/0", "0/0", "1/4/4", "1.0/4", " 1/4", "1/100001", "1/99999999999999999999", "one/four"} {
		_, err := ParseShard(text)
		require.EqualError(t, err, `experiment: shard is "`+text+`", want INDEX/COUNT with 1 <= INDEX <= COUNT <= 100000`)
	}
	require.Equal(t, "3/4", Shard{3, 4}.String())
	require.Equal(t, "1/1", Shard{}.String())
}

// Every point is in exactly one shard, and shards differ by one point at most.
func TestShardsPartition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := make([]Point, rapid.IntRange(0, 50).Draw(t, "points"))
		for i := range points {
			points[i].Index = i
		}
		count := rapid.IntRange(1, 60).Draw(t, "count")
		var seen [50]int
		least, most := len(points), 0
		for i := range count {
			part := Shard{i + 1, count}.of(points)
			least, most = min(least, len(part)), max(most, len(part))
			for _, p := range part {
				seen[p.Index]++
			}
		}
		for i := range points {
			require.Equal(t, 1, seen[i])
		}
		require.LessOrEqual(t, most-least, 1)
		require.Equal(t, points, Shard{}.of(points))
	})
}

// array is the environment of one task of sbatch --array=low-high:step.
func array(id, low, high, step, count string) map[string]string {
	return map[string]string{"SLURM_ARRAY_TASK_ID": id, "SLURM_ARRAY_TASK_MIN": low, "SLURM_ARRAY_TASK_MAX": high, "SLURM_ARRAY_TASK_STEP": step, "SLURM_ARRAY_TASK_COUNT": count}
}

func TestShardFromEnv(t *testing.T) {
	for _, tt := range []struct {
		env  map[string]string
		want Shard
	}{
		{nil, Shard{}},
		{map[string]string{"JOB_COMPLETIONS": "4"}, Shard{}},
		{array("1", "1", "4", "1", "4"), Shard{1, 4}},
		{array("4", "1", "4", "1", "4"), Shard{4, 4}},
		{array("0", "0", "6", "2", "4"), Shard{1, 4}},
		{array("6", "0", "6", "2", "4"), Shard{4, 4}},
		{array("3", "3", "3", "1", "1"), Shard{1, 1}},
		{array("3", "3", "3", "0", "1"), Shard{1, 1}},
		{map[string]string{"JOB_COMPLETION_INDEX": "0", "JOB_COMPLETIONS": "4"}, Shard{1, 4}},
		{map[string]string{"JOB_COMPLETION_INDEX": "3", "JOB_COMPLETIONS": "4"}, Shard{4, 4}},
	} {
		got, err := ShardFromEnv(func(name string) string { return tt.env[name] })
		require.NoError(t, err)
		require.Equal(t, tt.want, got, tt.env)
	}
	both := array("1", "1", "4", "1", "4")
	both["JOB_COMPLETION_INDEX"] = "0"
	for _, tt := range []struct {
		env  map[string]string
		want string
	}{
		{both, "SLURM_ARRAY_TASK_ID and JOB_COMPLETION_INDEX are both set, want one of them"},
		{array("x", "1", "4", "1", "4"), `SLURM_ARRAY_TASK_ID is "x", want a number`},
		{array("1", "", "4", "1", "4"), `SLURM_ARRAY_TASK_MIN is "", want a number`},
		{array("1", "1", "-4", "1", "4"), `SLURM_ARRAY_TASK_MAX is "-4", want a number`},
		{array("1", "1", "4", "", "4"), `SLURM_ARRAY_TASK_STEP is "", want a number`},
		{array("1", "1", "4", "1", ""), `SLURM_ARRAY_TASK_COUNT is "", want a number`},
		{array("3", "1", "7", "1", "3"), "Slurm task 3 of 3 tasks from 1 to 7 by 1, want evenly spaced tasks, as --array=1-3"},
		{array("1", "0", "6", "2", "4"), "Slurm task 1 of 4 tasks from 0 to 6 by 2, want evenly spaced tasks, as --array=1-4"},
		{array("5", "1", "4", "1", "4"), "Slurm task 5 of 4 tasks from 1 to 4 by 1, want evenly spaced tasks, as --array=1-4"},
		{array("1", "2", "4", "1", "3"), "Slurm task 1 of 3 tasks from 2 to 4 by 1, want evenly spaced tasks, as --array=1-3"},
		{array("0", "0", "1", "0", "2"), "Slurm task 0 of 2 tasks from 0 to 1 by 0, want evenly spaced tasks, as --array=1-2"},
		{array("1", "1", "200000", "1", "200000"), "shard is 1/200000, want INDEX/COUNT with 1 <= INDEX <= COUNT <= 100000"},
		{map[string]string{"JOB_COMPLETION_INDEX": "a"}, `JOB_COMPLETION_INDEX is "a", want a number`},
		{map[string]string{"JOB_COMPLETION_INDEX": "2"}, `JOB_COMPLETIONS is "", want the completions of the job, more than the index 2`},
		{map[string]string{"JOB_COMPLETION_INDEX": "4", "JOB_COMPLETIONS": "4"}, `JOB_COMPLETIONS is "4", want the completions of the job, more than the index 4`},
	} {
		_, err := ShardFromEnv(func(name string) string { return tt.env[name] })
		require.EqualError(t, err, "experiment: "+tt.want)
	}
}
