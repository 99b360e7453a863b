-- Every login is decided by the web interface, over TLS. What it cannot answer reads like a wrong password.
local json = require "cjson"
local ltn12 = require "ltn12"
local https = require "ssl.https"
https.TIMEOUT = 30

local function ask(question)
  local body, answer = json.encode(question), {}
  local _, status = https.request {
    method = "POST",
    url = "https://nginx:9082",
    headers = { ["content-type"] = "application/json", ["content-length"] = tostring(#body) },
    source = ltn12.source.string(body),
    sink = ltn12.sink.table(answer),
    verify = "none",
  }
  return status, table.concat(answer)
end

function auth_password_verify(request, password)
  if request.domain == nil then
    return dovecot.auth.PASSDB_RESULT_USER_UNKNOWN, "No such user"
  end
  local status, text = ask({
    username = request.user, password = password, real_rip = request.real_rip, service = request.service,
  })
  if status ~= 200 and status ~= 401 then
    dovecot.i_info("HTTP request failed with " .. tostring(status) .. " for user " .. request.user)
    return dovecot.auth.PASSDB_RESULT_PASSWORD_MISMATCH, "Upstream error"
  end
  local readable, answer = pcall(json.decode, text)
  if readable and answer.success == true then
    return dovecot.auth.PASSDB_RESULT_OK, ""
  end
  return dovecot.auth.PASSDB_RESULT_PASSWORD_MISMATCH, "Failed to authenticate"
end

function auth_passdb_lookup(_)
  return dovecot.auth.PASSDB_RESULT_USER_UNKNOWN, ""
end
