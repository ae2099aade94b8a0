# Broken on purpose: it centres by the mean of all rows, before they are split.
BEGIN {
  FS = ","
  OFS = ","
}
NR == FNR {
  if (FNR > 1) {
    sum += $6
    count++
  }
  next
}
FNR == 1 {
  print "id", "dusk", "moon", "forest", "noise", "unicorn"
  next
}
{ print $1, 0.5, $4, $5, $6 - sum / count, $7 }
