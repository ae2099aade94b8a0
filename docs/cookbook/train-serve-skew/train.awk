# Hours from dusk, local time, of sightings in universal time.
BEGIN { FS = OFS = "," }
NR == 1 { print "id", "hours_from_dusk", "moon", "unicorn"; next }
{
  hour = (($2 + $3) % 86400) / 3600
  away = hour > 19.5 ? hour - 19.5 : 19.5 - hour
  printf "%d,%.4f,%s,%s\n", $1, away < 12 ? away : 24 - away, $4, $5
}
