TITLE Sodium and potassium currents of Traub and Miles as in COBAHH, V_T = -63 mV, without tables
NEURON {
    SUFFIX tmhh
    USEION na READ ena WRITE ina
    USEION k READ ek WRITE ik
    RANGE gnabar, gkbar
    THREADSAFE
}
UNITS { (mV) = (millivolt) (mA) = (milliamp) (S) = (siemens) }
PARAMETER { gnabar = 0.1 (S/cm2) gkbar = 0.03 (S/cm2) }
ASSIGNED { v (mV) ena (mV) ek (mV) ina (mA/cm2) ik (mA/cm2) mi hi ni mt (ms) ht (ms) nt (ms) }
STATE { m h n }
INITIAL { m = 0 h = 0 n = 0 }
BREAKPOINT {
    SOLVE gates METHOD cnexp
    ina = gnabar*m*m*m*h*(v - ena)
    ik = gkbar*n*n*n*n*(v - ek)
}
DERIVATIVE gates {
    rates(v)
    m' = (mi - m)/mt
    h' = (hi - h)/ht
    n' = (ni - n)/nt
}
PROCEDURE rates(v (mV)) {
    LOCAL u, a, b
UNITSOFF
    u = v + 63
    a = 0.32*(13 - u)/(exp((13 - u)/4) - 1)
    b = 0.28*(u - 40)/(exp((u - 40)/5) - 1)
    mt = 1/(a + b)
    mi = a*mt
    a = 0.128*exp((17 - u)/18)
    b = 4/(1 + exp((40 - u)/5))
    ht = 1/(a + b)
    hi = a*ht
    a = 0.032*(15 - u)/(exp((15 - u)/5) - 1)
    b = 0.5*exp((10 - u)/40)
    nt = 1/(a + b)
    ni = a*nt
UNITSON
}
