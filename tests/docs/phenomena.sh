# docs/phenomena.md lists the examples as they are.
cd "$SOURCE_ROOT" || exit 1
docs/phenomena.sh | diff docs/phenomena.md - && exit 0
echo 'docs/phenomena.md is not what the examples say: run make phenomena'
exit 1
