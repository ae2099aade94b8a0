# Broken on purpose.
echo "the disk of sightings is not mounted" >&2
exit 3
