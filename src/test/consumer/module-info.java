/** A program of somebody else's that depends on DHMQ. */
module consumer {
    requires dev.dhmq;
}
