/* Where an executable starts. Linked only into what has no main of its own; the model's object brings the image. */
#include "hillock/runtime.h"

extern const HilImage hil_image;
extern HilKernelFunction *const hil_kernel_functions[];

int main(int argc, char **argv) { return hil_main(argc, argv, &hil_image, hil_kernel_functions); }
