# Hillock. `make` builds build/bin/hillock; `make help` lists the targets. Out of tree in $(BUILD).
BUILD   ?= build
PREFIX  ?= /usr/local
CC      ?= gcc
CFLAGS  ?= -O2 -g
FLEX    ?= flex
BISON   ?= bison
LLVM_CONFIG ?= llvm-config-19

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror
BASE_FLAGS := -std=c17 -D_GNU_SOURCE $(WARNINGS) -fno-math-errno -ffp-contract=off -MMD -MP \
              -Icompiler -Iruntime/include -I$(BUILD)/generated

# The compiler's folders from the ground up: each may include those before it, never those behind it.
LAYERS := base syntax model equations kernel codegen driver

