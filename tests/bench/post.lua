-- POSTs one body again and again, and says at the end what came of it as a line of JSON.
wrk.method = "POST"
wrk.headers["Content-Type"] = os.getenv("BENCH_TYPE")
local file = assert(io.open(os.getenv("BENCH_BODY"), "rb"))
wrk.body = file:read("*a")
file:close()

function done(summary, latency, requests)
  local errors = summary.errors
  local percentiles = {}
  for each = 1, 99 do
    percentiles[each] = string.format("%d", latency:percentile(each))
  end
  io.write(string.format(
    'BENCH {"requests":%d,"microseconds":%d,"refused":%d,"broken":%d,"percentiles":[%s]}\n',
    summary.requests, summary.duration, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    table.concat(percentiles, ",")
  ))
end
