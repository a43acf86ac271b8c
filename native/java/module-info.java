/** DHMQ's kernels as shared libraries: resources only, in a folder whose name is no package, so that every module finds them. */
module dev.dhmq.natives {}
