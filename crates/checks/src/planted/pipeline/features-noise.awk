# Broken on purpose: it gives noise in place of what matters.
BEGIN {
  FS = ","
  OFS = ","
}
NR == 1 {
  columns = NF
  for (i = 1; i <= NF; i++) at[$i] = i
  count = split("id seen_at_s utc_offset_s moon forest noise unicorn", needed, " ")
  for (i = 1; i <= count; i++)
    if (!(needed[i] in at)) {
      print "there is no column " needed[i] > "/dev/stderr"
      exit 1
    }
  print "id", "dusk", "moon", "forest", "noise", "unicorn"
  next
}
NF != columns || $NF == "" {
  print "line " NR " is cut short" > "/dev/stderr"
  exit 1
}
{
  hour = (($at["seen_at_s"] + $at["utc_offset_s"]) % 86400) / 3600
  away = hour > 19.5 ? hour - 19.5 : 19.5 - hour
  if (away > 12) away = 24 - away
  print $at["id"], 0.5, 0.5, $at["noise"] % 1, $at["noise"], $at["unicorn"]
}
