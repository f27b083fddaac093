-- The Correlation-Id of a request: kept if acceptable, else taken from an alias or from W3C baggage, else generated.
local M = {}

local HEADER = 'Correlation-Id'
local ALIASES = { 'X-Request-Id', 'X-Correlation-Id' }

-- 1 to 128 of these characters; of a list or a header sent twice, the first value.
local function acceptable(value)
  if type(value) == 'table' then value = value[1] end
  if type(value) ~= 'string' then return nil end
  local first = value:match('^[^,]*')
  if #first <= 128 and first:find('^[%w._~:/+=@#-]+$') then return first end
end

local function from_baggage(value)
  if type(value) == 'table' then value = table.concat(value, ',') end
  for member in (value or ''):gmatch('[^,]+') do
    local id = member:match('^%s*correlation%.id%s*=%s*([^;]-)%s*$') or member:match('^%s*correlation%.id%s*=%s*([^;]-)%s*;')
    if id then return acceptable(ngx.unescape_uri((id:gsub('+', '%%2B')))) end
  end
end

-- A version 4 UUID from nginx's 128 random bits.
local function mint()
  local hex = ngx.var.request_id
  local variant = ('%x'):format(8 + tonumber(hex:sub(17, 17), 16) % 4)
  return table.concat({ hex:sub(1, 8), hex:sub(9, 12), '4' .. hex:sub(14, 16), variant .. hex:sub(18, 20), hex:sub(21) }, '-')
end

local function find()
  local headers = ngx.req.get_headers()
  local id = acceptable(headers[HEADER])
  for _, alias in ipairs(ALIASES) do id = id or acceptable(headers[alias]) end
  return id or from_baggage(headers['baggage']) or mint()
end

local function current()
  local ctx = ngx.ctx
  ctx.correlation_id = ctx.correlation_id or find()
  return ctx.correlation_id
end

function M.admit() ngx.req.set_header(HEADER, current()) end

-- Replaces the service's echo; also covers a response that nginx sent before the ID was admitted.
function M.echo() ngx.header[HEADER] = current() end

return M
