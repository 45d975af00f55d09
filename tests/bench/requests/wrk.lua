-- Repeats one request: wrk … -- METHOD PATH [BODY FILE]. Prints the figures on one line, times in microseconds.
function init(arguments)
  local body
  if arguments[3] then
    local file = assert(io.open(arguments[3]))
    body = file:read("*a")
    file:close()
  end
  local headers = {}
  if body then headers["Content-Type"] = "application/json" end
  asked = wrk.format(arguments[1], arguments[2], headers, body)
end

function request() return asked end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format("figures %d %d %d %d %d\n", summary.requests,
    e.connect + e.read + e.write + e.status + e.timeout, summary.duration, latency:percentile(50), latency:percentile(99)))
end
