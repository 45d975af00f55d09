# Prints the Markdown table of `tests/bench/gateway`. Input fields: request, connections, round, gateway, requests,
# failures, microseconds, p50, p99, CPU ticks, ticks per second, resident kB. Output: medians over the rounds. Each
# ratio is the median of the ratios per round, because the two gateways of a round are measured one after the other.
{
  at = $1 " " $2
  if (!(at in known)) { known[at] = 1; order[++rows] = at }
  if ($3 > rounds) rounds = $3
  run = at " " $4 " " $3
  rate[run] = $5 * 1e6 / $7
  p50[run] = $8
  p99[run] = $9
  cpu[run] = $5 ? $10 * 1e6 / $11 / $5 : 0
  memory[run] = $12 / 1024
  failures[$4] += $6
}

function median(values, count,   i, j, t) {
  for (i = 2; i <= count; i++)
    for (j = i; j > 1 && values[j - 1] > values[j]; j--) { t = values[j]; values[j] = values[j - 1]; values[j - 1] = t }
  return count % 2 ? values[(count + 1) / 2] : (values[count / 2] + values[count / 2 + 1]) / 2
}

function middle(of, at, who,   round, values) {
  for (round = 1; round <= rounds; round++) values[round] = of[at " " who " " round]
  return median(values, rounds)
}

function ratio(of, at,   round, values, below) {
  for (round = 1; round <= rounds; round++) {
    below = of[at " envoy " round]
    values[round] = below ? of[at " ours " round] / below : 0
  }
  return median(values, rounds)
}

function pair(of, at, digits) {
  return sprintf("%.*f / %.*f", digits, middle(of, at, "ours"), digits, middle(of, at, "envoy"))
}

END {
  name["cancel"] = "POST of 4 fields"
  name["create"] = "POST of an order, 2 tickets"
  name["read"] = "GET of an order, 50 tickets"
  print "Ours / Envoy; medians of " rounds " alternating rounds; load, gateway and backend on the same two cores.\n"
  print "| request | connections | requests/s | ratio | p50, µs | p99, µs | CPU µs per request | memory, MB |"
  print "|---|---|---|---|---|---|---|---|"
  for (row = 1; row <= rows; row++) {
    at = order[row]
    split(at, part, " ")
    printf "| %s | %s | %s | **%.2f** | %s | %s | %s | %s |\n", name[part[1]], part[2], pair(rate, at, 0), ratio(rate, at),
      pair(p50, at, 0), pair(p99, at, 0), pair(cpu, at, 0), pair(memory, at, 0)
  }
  if (failures["ours"] + failures["envoy"] == 0) exit
  printf "\nFailed requests: %d of ours, %d of Envoy's.\n", failures["ours"], failures["envoy"]
  exit 1
}
