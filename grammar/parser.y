/* The grammar of a model file: plain LALR(1), no conflicts. Actions only build nodes (compiler/syntax/build.h); what a
 * node holds is said in compiler/syntax/ast.def.
 * Words arrive as IDENT unless they are keywords where they stand (compiler/syntax/token.c); line ends arrive as SEP
 * only where they end a statement. After an error reading goes on behind the next SEP, at a `}`, or inside a block. */
%define api.pure full
%define api.prefix {grammar_}
%define api.token.prefix {TOKEN_}
%define api.location.type {Span}
%define parse.lac full
%define parse.error custom
%define lr.type lalr
%locations
%expect 0
%param {Parser *p}

%code requires {
#include "syntax/build.h"
}
%code provides {
int grammar_lex(GRAMMAR_STYPE *value, Span *place, Parser *p);
void grammar_error(const Span *place, Parser *p, const char *message);
/* Reports an unexpected token: `expected` holds the kinds that could have come, `count` of them. */
void grammar_report(Parser *p, Span place, int token, const int *expected, int count);
}
%code {
/* A construct spans its parts; an empty one lies at the end of what is before it. */
#define YYLLOC_DEFAULT(whole, parts, count)                                                                            \
    do {                                                                                                               \
        (whole).source = p->source;                                                                                    \
        (whole).begin = (count) ? YYRHSLOC(parts, 1).begin : YYRHSLOC(parts, 0).end;                                   \
        (whole).end = (count) ? YYRHSLOC(parts, count).end : (whole).begin;                                            \
    } while (0)
#define NODE(kind, place, op, ...) ast_node(p, AST_##kind, (place), (op), KIDS(__VA_ARGS__), NULL)
#define NODE_TAIL(kind, place, op, tail, ...) ast_node(p, AST_##kind, (place), (op), KIDS(__VA_ARGS__), (tail))
}
%initial-action { (void)yynerrs; @$ = (Span){p->source, 0, 0}; }
%union { Ast *node; AstList *list; int number; }

%token END 0
%token SEP IDENT NUMBER PERCENT STRING MISSING
%token ARROW BOTH LINK RANGE PLUS_SET MINUS_SET TIMES_SET OVER_SET LESS_EQUAL GREATER_EQUAL EQUAL NOT_EQUAL
%token IF ELSE AND OR NOT TRUE FALSE FOR
%token IMPORT NEURON DENDRITE CHANNEL POOL SYNAPSE PLASTICITY MODULATOR NETWORK EXPERIMENT TRAIN STUDY EXTERN FUNCTION
%token PARAM STATE LET INPUT OUTPUT TRACE ION USES ON REPLACE SPIKE EVENT AFTER EVERY REFRACTORY BOUND GATE STATES
%token CONSERVE SOLVE INSERT MEMBRANE COMPARTMENTS MORPHOLOGY SITE POPULATION CONNECT COUPLE DRIVE REWIRE PRUNE TABLE
%token RUN RECORD STIMULATE CLAMP PLOT MEASURE EXPECT REPORT PHASE RELAX SWEEP DATA SPLIT MINIMIZE MAXIMIZE LEARN
%token FREEZE USING PRESENT FEEDBACK STOP RETURN
%token IN AT FROM TO OF VIA BY WITH OVER STEP STEPS WHERE WITHIN WHEN AS RISES FALLS ABOVE BELOW EXACT PRIORITY UNTIL
%token NEAREST MOD SURROGATE LOG SHARED THEN TOGETHER

/* Binds loosest first. WORD is a name that might go on; it goes on where it can. */
%precedence WORD
%right IF ELSE
%left OR
%left AND
%precedence NOT
%left '<' '>' LESS_EQUAL GREATER_EQUAL EQUAL NOT_EQUAL IN WITHIN NEAREST
%nonassoc RANGE
%precedence STEPS BY
%precedence AS
%left '+' '-'
%left '*' '/' MOD
%precedence NEGATE
%right '^'
%left OF AT
%precedence '['
%precedence REFERENCE

%type <node> item statement block optional_block definition extends target type optional_type units unit_factor
%type <node> unit_after_number declaration ref initial statement_of_kind equation coefficient coefficient_factor
%type <node> assignment setting handler condition optional_priority firing reaction
%type <node> solve solve_step cell compartment_item network population connection coupling rule plain_call via optional_every
%type <node> window optional_step times optional_of optional_solve experiment measure optional_data_set sweep_axis training
%type <node> share learned control else_branch binder expr full primary postfix list subscript argument cell_value
%type <node> dotted_name column table_row experiment_statement formal optional_formals optional_dimensions dimensions_node
%type <node> table function
%type <node> declared
%type <list> items formals formal_list declarations dimensions names species solve_steps
%type <list> compartment_items links populations postfixes mechanisms exprs fulls subscripts arguments argument_list
%type <list> columns table_rows cell_values list_cells measures sweep_axes shares learned_items optimizers binders
%type <list> trace_options optional_refractory_states
%type <number> kind assign_op primes exponent learn_flags declare
%%

file: items { p->file = ast_many(p, AST_FILE, @$, 0, $1); };

items
    : item            { $$ = ast_statements(p, NULL, $1); }
    | items SEP item  { $$ = ast_statements(p, $1, $3); }
    ;
item
    : %empty          { $$ = NULL; }
    | statement
    | error           { $$ = NODE(ERROR, @$, 0, NULL); yyerrok; }
    | error block     { $$ = NODE(ERROR, @$, 0, $2); yyerrok; }
    ;
block: '{' items '}'  { $$ = ast_many(p, AST_BLOCK, @$, 0, $2); };
optional_block
    : %empty          { $$ = NULL; }
    | block
    ;

statement
    : definition | function | declaration | equation | assignment | setting | handler | statement_of_kind | cell
    | network | table | experiment_statement | training | control
    ;

/* ---- definitions ---- */
definition
    : IMPORT dotted_name  { $$ = ast_named_by(ast_many(p, AST_IMPORT, @$, 0, NULL), $2); }
    | IMPORT STRING       { $$ = ast_with_text(p, ast_many(p, AST_IMPORT, @$, 0, NULL), @2); }
    | kind IDENT optional_dimensions optional_formals extends target optional_block
        { $$ = ast_named(p, NODE(DEFINITION, @$, $1, $4, $5, $6, $7, $3), @2); }
    ;
kind
    : NEURON          { $$ = DEFINITION_NEURON; }
    | DENDRITE        { $$ = DEFINITION_DENDRITE; }
    | CHANNEL         { $$ = DEFINITION_CHANNEL; }
    | POOL            { $$ = DEFINITION_POOL; }
    | SYNAPSE         { $$ = DEFINITION_SYNAPSE; }
    | PLASTICITY      { $$ = DEFINITION_PLASTICITY; }
    | MODULATOR       { $$ = DEFINITION_MODULATOR; }
    | NETWORK         { $$ = DEFINITION_NETWORK; }
    | EXPERIMENT      { $$ = DEFINITION_EXPERIMENT; }
    | TRAIN           { $$ = DEFINITION_TRAIN; }
    | STUDY           { $$ = DEFINITION_STUDY; }
    ;
extends
    : %empty          { $$ = NULL; }
    | ':' postfix     { $$ = $2; }
    ;
target
    : %empty          { $$ = NULL; }
    | ON postfix      { $$ = $2; }
    ;
function
    : FUNCTION IDENT '(' formals ')' optional_type '=' full
        { $$ = ast_named(p, NODE(FUNCTION, @$, 0, ast_group(p, $4, @4), $6, $8), @2); }
    | FUNCTION IDENT '(' formals ')' optional_type block
        { $$ = ast_named(p, NODE(FUNCTION, @$, 0, ast_group(p, $4, @4), $6, $7), @2); }
    | EXTERN FUNCTION IDENT '(' formals ')' optional_type FROM STRING
        { $$ = ast_with_text(p, ast_named(p, NODE(FUNCTION, @$, 1, ast_group(p, $5, @5), $7, NULL), @3), @9); }
    ;
optional_formals
    : %empty          { $$ = NULL; }
    | '(' formals ')' { $$ = ast_group(p, $2, @$); }
    ;
formals
    : %empty          { $$ = ast_list(p, NULL, NULL); }
    | formal_list
    ;
formal_list
    : formal                  { $$ = ast_list(p, NULL, $1); }
    | formal_list ',' formal  { $$ = ast_list(p, $1, $3); }
    ;
formal: IDENT optional_dimensions optional_type initial { $$ = ast_named(p, NODE(FORMAL, @$, 0, $3, $4, $2), @1); };
optional_dimensions
    : %empty %prec WORD   { $$ = NULL; }
    | dimensions_node
    ;
dimensions_node: dimensions { $$ = ast_group(p, $1, @$); };
dimensions
    : '[' full ']'             { $$ = ast_list(p, NULL, $2); }
    | dimensions '[' full ']'  { $$ = ast_list(p, $1, $3); }
    ;

/* ---- types ---- */
optional_type
    : %empty          { $$ = NULL; }
    | ':' type        { $$ = $2; }
    ;
type
    : units
    | IDENT OF IDENT  { $$ = ast_type_of_row(p, @$, @1, @3); }
    ;
units
    : unit_factor             { $$ = $1; }
    | '/' unit_factor         { $$ = ast_unit_join(p, @$, NULL, $2, -1); }
    | units '*' unit_factor   { $$ = ast_unit_join(p, @$, $1, $3, 1); }
    | units '/' unit_factor   { $$ = ast_unit_join(p, @$, $1, $3, -1); }
    ;
unit_factor
    : IDENT %prec WORD    { $$ = ast_unit_name(p, @$, @1, 1); }
    | IDENT '^' exponent  { $$ = ast_unit_name(p, @$, @1, $3); }
    | NUMBER              { $$ = ast_unit_one(p, @1); }
    | '(' units ')'       { $$ = $2; }
    ;
unit_after_number
    : IDENT %prec WORD    { $$ = ast_unit_name(p, @$, @1, 1); }
    | IDENT '^' exponent  { $$ = ast_unit_name(p, @$, @1, $3); }
    ;
exponent
    : NUMBER          { $$ = ast_exponent(p, @1, 1); }
    | '-' NUMBER      { $$ = ast_exponent(p, @2, -1); }
    ;

/* ---- declarations ---- */
declaration
    : declare declarations    { $$ = ast_declare($2, (AstKind)$1, p, @$); }
    | TRACE IDENT '(' expr ',' ON expr trace_options ')'
        { $$ = ast_named(p, NODE_TAIL(TRACE, @$, 0, $8, $4, $7), @2); }
    | ION names               { $$ = ast_many(p, AST_ION, @$, 0, $2); }
    | USES names              { $$ = ast_many(p, AST_ION, @$, 1, $2); }
    ;
declare
    : PARAM           { $$ = AST_PARAM; }
    | STATE           { $$ = AST_STATE; }
    | LET             { $$ = AST_LET; }
    | INPUT           { $$ = AST_INPUT; }
    | OUTPUT          { $$ = AST_OUTPUT; }
    ;
declarations
    : declared optional_dimensions optional_type initial
        { $$ = ast_list(p, NULL, ast_named(p, NODE(PARAM, @$, 0, $2, $3, $4), @1)); }
    | declarations ',' declared optional_dimensions optional_type initial
        { $$ = ast_list(p, $1, ast_named(p, NODE(PARAM, span_join(@3, @6), 0, $4, $5, $6), @3)); }
    ;
declared
    : IDENT               { $$ = NULL; }
    | declared '.' IDENT  { $$ = NULL; }
    ;
initial
    : %empty          { $$ = NULL; }
    | '=' full        { $$ = $2; }
    ;
trace_options
    : %empty                      { $$ = NULL; }
    | trace_options ',' argument  { $$ = ast_list(p, $1, $3); }
    ;
names
    : IDENT               { $$ = ast_list(p, NULL, ast_name(p, @1)); }
    | names ',' IDENT     { $$ = ast_list(p, $1, ast_name(p, @3)); }
    ;

/* ---- statements that start with a name ---- */
ref
    : IDENT %prec REFERENCE   { $$ = ast_name(p, @1); }
    | ref '.' IDENT           { $$ = ast_field(p, @$, $1, @3); }
    | ref '.' NUMBER          { $$ = ast_place(p, @$, $1, @3); }
    | ref '[' subscripts ']'  { $$ = NODE_TAIL(INDEX, @$, 0, $3, $1); }
    ;
equation
    : ref primes '=' full
        { $$ = ast_named_by(NODE(EQUATION, @$, $2, $1, NULL, $4), $1); }
    | coefficient '*' ref primes '=' full
        { $$ = ast_named_by(NODE(EQUATION, @$, $4, $3, $1, $6), $3); }
    ;
primes
    : '\''            { $$ = 1; }
    | primes '\''     { $$ = $1 + 1; }
    ;
coefficient
    : coefficient_factor
    | coefficient '*' coefficient_factor  { $$ = ast_binary(p, @$, OP_MULTIPLY, $1, $3); }
    | coefficient '/' coefficient_factor  { $$ = ast_binary(p, @$, OP_DIVIDE, $1, $3); }
    ;
coefficient_factor
    : ref
    | NUMBER                    { $$ = ast_number(p, @1); }
    | NUMBER unit_after_number  { $$ = ast_quantity(p, @$, @1, $2); }
    | '(' full ')'              { $$ = ast_parenthesised($2, @$); }
    ;
assignment
    : ref assign_op full  { $$ = ast_named_by(NODE(ASSIGN, @$, $2, $1, $3), $1); }
    ;
assign_op
    : '='             { $$ = ASSIGN_SET; }
    | PLUS_SET        { $$ = ASSIGN_ADD; }
    | MINUS_SET       { $$ = ASSIGN_SUBTRACT; }
    | TIMES_SET       { $$ = ASSIGN_MULTIPLY; }
    | OVER_SET        { $$ = ASSIGN_DIVIDE; }
    ;
setting
    : IDENT           { $$ = ast_setting(p, @$, @1, NULL); }
    | IDENT exprs     { $$ = ast_setting(p, @$, @1, $2); }
    ;

/* ---- events ---- */
handler
    : ON condition optional_priority block
        { $$ = ast_named_by(NODE(ON, @$, 0, $2, $3, $4), $2); }
    | REPLACE ON condition optional_priority block
        { $$ = ast_named_by(NODE(ON, @$, 1, $3, $4, $5), $3); }
    | SPIKE WHEN condition firing optional_block
        { $$ = NODE(SPIKE, @$, 0, $3, ast_part($4, 0), ast_part($4, 1), ast_part($4, 2), $5); }
    | SPIKE EXACT WHEN condition firing optional_block
        { $$ = NODE(SPIKE, @$, 1, $4, ast_part($5, 0), ast_part($5, 1), ast_part($5, 2), $6); }
    | EVENT IDENT WHEN condition firing optional_block
        { $$ = ast_named(p, NODE(EVENT, @$, 0, $4, ast_part($5, 0), ast_part($5, 1), ast_part($5, 2), $6), @2); }
    | AFTER expr block        { $$ = NODE(AFTER, @$, 0, $2, $3); }
    | EVERY expr block        { $$ = NODE(EVERY, @$, 0, $2, $3); }
    | REFRACTORY expr optional_refractory_states
        { $$ = NODE_TAIL(REFRACTORY, @$, 0, $3, $2); }
    ;
optional_refractory_states
    : %empty                        { $$ = NULL; }
    | '{' '}'                       { $$ = NULL; }
    | '{' postfixes optional_sep '}'    { $$ = $2; }
    ;
optional_sep: %empty | SEP;
condition
    : expr
    | expr RISES ABOVE expr   { $$ = NODE(CROSSING, @$, 0, $1, $4); }
    | expr FALLS BELOW expr   { $$ = NODE(CROSSING, @$, 1, $1, $4); }
    ;
firing
    : %empty                      { $$ = NULL; }
    | firing REFRACTORY expr      { $$ = ast_clause(p, @2, $1, 0, $3); }
    | firing SURROGATE postfix    { $$ = ast_clause(p, @2, $1, 1, $3); }
    | firing PRIORITY expr        { $$ = ast_clause(p, @2, $1, 2, $3); }
    ;
optional_priority
    : %empty          { $$ = NULL; }
    | PRIORITY expr   { $$ = $2; }
    ;

/* ---- equations' surroundings: gates, kinetics, solvers ---- */
statement_of_kind
    : BOUND ref IN expr               { $$ = NODE(BOUND, @$, 0, $2, $4); }
    | GATE block                      { $$ = ast_gate(p, @$, NO_SPAN, NO_SPAN, $2); }
    | GATE IDENT block                { $$ = ast_gate(p, @$, @2, NO_SPAN, $3); }
    | GATE IDENT '^' NUMBER block     { $$ = ast_gate(p, @$, @2, @4, $5); }
    | STATES names                    { $$ = ast_many(p, AST_STATES, @$, 0, $2); }
    | CONSERVE expr                   { $$ = NODE(CONSERVE, @$, 0, $2); }
    | reaction
    | solve
    ;
reaction
    : species BOTH species '(' expr ',' expr ')'
        { $$ = NODE(REACTION, @$, 0, ast_group(p, $1, @1), ast_group(p, $3, @3), $5, $7); }
    | species ARROW species '(' expr ')'
        { $$ = NODE(REACTION, @$, 1, ast_group(p, $1, @1), ast_group(p, $3, @3), $5, NULL); }
    ;
species
    : ref                 { $$ = ast_list(p, NULL, $1); }
    | species '+' ref     { $$ = ast_list(p, $1, $3); }
    ;
solve: SOLVE solve_steps  { $$ = ast_many(p, AST_SOLVE, @$, 0, $2); };
solve_steps
    : solve_step                        { $$ = ast_list(p, NULL, $1); }
    | solve_steps ',' THEN solve_step   { $$ = ast_list(p, $1, $4); }
    ;
solve_step
    : postfixes WITH postfix  { $$ = NODE(SOLVE_STEP, @$, 0, ast_group(p, $1, @1), $3); }
    | postfixes TOGETHER      { $$ = NODE(SOLVE_STEP, @$, 1, ast_group(p, $1, @1), NULL); }
    | postfixes TOGETHER WITH postfix
        { $$ = NODE(SOLVE_STEP, @$, 1, ast_group(p, $1, @1), $4); }
    ;

/* ---- cells ---- */
cell
    : INSERT postfixes                { $$ = NODE(INSERT, @$, 0, ast_group(p, $2, @2), NULL, NULL); }
    | INSERT postfixes IN postfixes   { $$ = NODE(INSERT, @$, 0, ast_group(p, $2, @2), ast_group(p, $4, @4), NULL); }
    | INSERT postfixes AT postfix     { $$ = NODE(INSERT, @$, 0, ast_group(p, $2, @2), NULL, $4); }
    | MEMBRANE block                  { $$ = NODE(MEMBRANE, @$, 0, NULL, $2); }
    | MEMBRANE IN postfixes block     { $$ = NODE(MEMBRANE, @$, 0, ast_group(p, $3, @3), $4); }
    | MORPHOLOGY block                { $$ = ast_morphology(p, @$, $2); }
    | MORPHOLOGY STRING optional_block
        { $$ = ast_with_text(p, ast_morphology(p, @$, $3), @2); }
    | ref '@' postfix plain_call      { $$ = ast_section(p, @$, $1, $3, $4); }
    | COMPARTMENTS EVERY expr         { $$ = NODE(COMPARTMENTS, @$, 0, $3); }
    | COMPARTMENTS '{' compartment_items '}'
        { $$ = NODE_TAIL(COMPARTMENTS, @$, 0, $3, NULL); }
    | SITE IDENT '=' full             { $$ = ast_named(p, NODE(SITE, @$, 0, $4), @2); }
    ;
compartment_items
    : links
    | compartment_items SEP links
        { $$ = $1; for (int i = 0; $3 && i < $3->count; i++) $$ = ast_list(p, $$, $3->at[i]); }
    ;
links
    : %empty                  { $$ = NULL; }
    | postfixes
    | compartment_item        { $$ = ast_list(p, NULL, $1); }
    | error                   { $$ = NULL; }
    ;
compartment_item
    : postfix LINK postfix ':' expr   { $$ = NODE(LINK, @$, 0, $1, $3, $5); }
    ;

/* ---- networks ---- */
network
    : POPULATION populations  { $$ = ast_group(p, $2, @$); }
    | CONNECT connection      { $$ = $2; $$->span = @$; }
    | COUPLE coupling         { $$ = $2; $$->span = @$; }
    | DRIVE postfixes WITH expr optional_every window via optional_block
        { $$ = NODE(DRIVE, @$, 0, ast_group(p, $2, @2), $4, $5, ast_part($6, 0), ast_part($6, 1), $7, $8); }
    | REWIRE EVERY expr '{' exprs optional_sep '}'   { $$ = NODE_TAIL(REWIRE, @$, 0, $5, $3); }
    | PRUNE WHEN expr         { $$ = NODE(PRUNE, @$, 0, $3); }
    ;
populations
    : population                  { $$ = ast_list(p, NULL, $1); }
    | populations ',' population  { $$ = ast_list(p, $1, $3); }
    ;
population
    : ref ':' postfix optional_block  { $$ = ast_population(p, @$, $1, $3, $4); }
    ;
connection
    : postfixes ARROW postfixes rule via optional_block
        { $$ = NODE(CONNECT, @$, 0, ast_group(p, $1, @1), ast_group(p, $3, @3), $4, $5, $6, NULL); }
    | postfix ':' postfixes ARROW postfixes rule via optional_block
        { $$ = ast_named_by(
              NODE(CONNECT, @$, 0, ast_group(p, $3, @3), ast_group(p, $5, @5), $6, $7, $8, $1), $1); }
    ;
coupling
    : postfixes BOTH postfixes rule via optional_block
        { $$ = NODE(COUPLE, @$, 0, ast_group(p, $1, @1), ast_group(p, $3, @3), $4, $5, $6, NULL); }
    | postfix ':' postfixes BOTH postfixes rule via optional_block
        { $$ = ast_named_by(
              NODE(COUPLE, @$, 0, ast_group(p, $3, @3), ast_group(p, $5, @5), $6, $7, $8, $1), $1); }
    ;
rule
    : %empty                  { $$ = NULL; }
    | plain_call
    ;
plain_call
    : IDENT                   { $$ = ast_name(p, @1); }
    | IDENT '(' arguments ')' { $$ = ast_call(p, @$, ast_name(p, @1), $3); }
    ;
via
    : %empty                  { $$ = NULL; }
    | VIA mechanisms          { $$ = ast_group(p, $2, @2); }
    ;
mechanisms
    : postfix                 { $$ = ast_list(p, NULL, $1); }
    | mechanisms '+' postfix  { $$ = ast_list(p, $1, $3); }
    ;

/* ---- tables ---- */
table
    : TABLE ref '=' full      { $$ = ast_table_from(p, @$, $2, $4); }
    | TABLE IDENT '{' columns '}'
        { $$ = ast_table(p, @$, @2, $4, NULL); }
    | TABLE IDENT '{' columns SEP table_rows '}'
        { $$ = ast_table(p, @$, @2, $4, $6); }
    ;
columns
    : column                  { $$ = ast_column(p, NULL, $1); }
    | columns column          { $$ = ast_column(p, $1, $2); }
    | columns '|'             { $$ = ast_column(p, $1, NULL); }
    ;
column
    : dotted_name             { $$ = NODE(COLUMN, @$, 0, NULL); $$ = ast_named_by($$, $1); }
    | dotted_name '[' units ']'
        { $$ = NODE(COLUMN, @$, 0, $3); $$ = ast_named_by($$, $1); }
    ;
dotted_name
    : IDENT                   { $$ = ast_dotted_name(p, @1, NULL); }
    | dotted_name '.' IDENT   { $$ = ast_dotted_name(p, @3, $1); }
    ;
table_rows
    : table_row                   { $$ = ast_list(p, NULL, $1); }
    | table_rows SEP table_row    { $$ = ast_list(p, $1, $3); }
    ;
table_row
    : %empty                  { $$ = NULL; }
    | cell_values             { $$ = ast_many(p, AST_ROW, @$, 0, $1); }
    | error                   { $$ = NULL; }
    ;
cell_values
    : cell_value              { $$ = ast_list(p, NULL, $1); }
    | cell_values cell_value  { $$ = ast_list(p, $1, $2); }
    | cell_values '|'         { $$ = $1; }
    ;
cell_value
    : NUMBER                  { $$ = ast_number(p, @1); }
    | IDENT                   { $$ = ast_name(p, @1); }
    | STRING                  { $$ = ast_string(p, @1); }
    | TRUE                    { $$ = ast_many(p, AST_BOOL, @$, 1, NULL); }
    | FALSE                   { $$ = ast_many(p, AST_BOOL, @$, 0, NULL); }
    | MISSING                 { $$ = ast_many(p, AST_MISSING, @$, 0, NULL); }
    | '[' list_cells ']'      { $$ = ast_many(p, AST_LIST, @$, 0, $2); }
    ;
list_cells
    : cell_value                  { $$ = ast_list(p, NULL, $1); }
    | list_cells cell_value       { $$ = ast_list(p, $1, $2); }
    | list_cells ',' cell_value   { $$ = ast_list(p, $1, $3); }
    ;

/* ---- experiments ---- */
experiment_statement
    : experiment
    | MEASURE measures        { $$ = ast_group(p, $2, @$); }
    | EXPECT exprs            { $$ = ast_declare($2, AST_EXPECT, p, @$); }
    | REPORT exprs            { $$ = ast_many(p, AST_REPORT, @$, 0, $2); }
    ;
experiment
    : RUN expr optional_step optional_solve   { $$ = NODE(RUN, @$, 0, $2, $3, $4); }
    | RECORD postfixes optional_of times
        { $$ = NODE(RECORD, @$, 0, ast_group(p, $2, @2), $3, ast_part($4, 0), ast_part($4, 1), ast_part($4, 2)); }
    | PLOT postfixes optional_of times
        { $$ = NODE(PLOT, @$, 0, ast_group(p, $2, @2), $3, ast_part($4, 0), ast_part($4, 1), ast_part($4, 2)); }
    | STIMULATE postfixes WITH expr window
        { $$ = NODE(STIMULATE, @$, 0, ast_group(p, $2, @2), $4, ast_part($5, 0), ast_part($5, 1)); }
    | CLAMP postfix AT expr window
        { $$ = NODE(CLAMP, @$, 0, $2, NULL, $4, ast_part($5, 0), ast_part($5, 1)); }
    | CLAMP postfix OF postfix AT expr window
        { $$ = NODE(CLAMP, @$, 0, $2, $4, $6, ast_part($7, 0), ast_part($7, 1)); }
    | PHASE IDENT block       { $$ = ast_named(p, NODE(PHASE, @$, 0, NULL, $3), @2); }
    | PHASE IDENT expr block  { $$ = ast_named(p, NODE(PHASE, @$, 0, $3, $4), @2); }
    | RELAX UNTIL expr optional_step          { $$ = NODE(RELAX, @$, 0, $3, $4); }
    | SWEEP postfix OVER sweep_axes optional_block
        { $$ = NODE_TAIL(SWEEP, @$, 0, $4, $2, $5); }
    ;
optional_step
    : %empty                  { $$ = NULL; }
    | STEP expr               { $$ = $2; }
    ;
optional_solve
    : %empty                  { $$ = NULL; }
    | solve
    ;
optional_of
    : %empty                  { $$ = NULL; }
    | OF postfixes            { $$ = ast_group(p, $2, @2); }
    ;
/* How often and when, in any order. */
times
    : %empty                  { $$ = NULL; }
    | times EVERY expr        { $$ = ast_clause(p, @2, $1, 0, $3); }
    | times FROM expr         { $$ = ast_clause(p, @2, $1, 1, $3); }
    | times TO expr           { $$ = ast_clause(p, @2, $1, 2, $3); }
    ;
optional_every
    : %empty                  { $$ = NULL; }
    | EVERY expr              { $$ = $2; }
    ;
window
    : %empty                  { $$ = NULL; }
    | FROM expr               { $$ = NODE(LIST, @$, 0, $2, NULL); }
    | FROM expr TO expr       { $$ = NODE(LIST, @$, 0, $2, $4); }
    | TO expr                 { $$ = NODE(LIST, @$, 0, NULL, $2); }
    ;
measures
    : measure                 { $$ = ast_list(p, NULL, $1); }
    | measures ',' measure    { $$ = ast_list(p, $1, $3); }
    ;
measure
    : IDENT optional_dimensions '=' full optional_every optional_data_set
        { $$ = ast_named(p, NODE(MEASURE, @$, 0, $2, $4, $5, $6), @1); }
    ;
optional_data_set
    : %empty                  { $$ = NULL; }
    | ON IDENT                { $$ = ast_name(p, @2); }
    ;
sweep_axes
    : sweep_axis                  { $$ = ast_list(p, NULL, $1); }
    | sweep_axes ',' sweep_axis   { $$ = ast_list(p, $1, $3); }
    ;
sweep_axis: ref '=' full      { $$ = NODE(SWEEP_AXIS, @$, 0, $1, $3); };

/* ---- training ---- */
training
    : DATA STRING optional_block
        { $$ = ast_with_text(p, NODE(DATA, @$, 0, NULL, $3), @2); }
    | DATA FROM postfix optional_block    { $$ = NODE(DATA, @$, 0, $3, $4); }
    | DATA block              { $$ = NODE(DATA, @$, 0, NULL, $2); }
    | SPLIT shares            { $$ = ast_many(p, AST_SPLIT, @$, 0, $2); }
    | MINIMIZE full           { $$ = NODE(MINIMIZE, @$, 0, $2); }
    | MAXIMIZE full           { $$ = NODE(MINIMIZE, @$, 1, $2); }
    | LEARN learned_items     { $$ = ast_many(p, AST_LEARN, @$, 0, $2); }
    | FREEZE postfixes        { $$ = ast_many(p, AST_FREEZE, @$, 0, $2); }
    | USING optimizers        { $$ = ast_many(p, AST_USING, @$, 0, $2); }
    | PRESENT block           { $$ = NODE(PRESENT, @$, 0, NULL, NULL, $2); }
    | PRESENT STEP expr optional_block    { $$ = NODE(PRESENT, @$, 0, NULL, $3, $4); }
    | PRESENT expr optional_step optional_block   { $$ = NODE(PRESENT, @$, 0, $2, $3, $4); }
    | FEEDBACK ref '=' full   { $$ = NODE(FEEDBACK, @$, 0, $2, $4); }
    | STOP WHEN expr          { $$ = NODE(STOP, @$, 0, $3); }
    ;
shares
    : share                   { $$ = ast_list(p, NULL, $1); }
    | shares ',' share        { $$ = ast_list(p, $1, $3); }
    ;
share
    : PERCENT IDENT           { $$ = ast_named(p, NODE(SHARE, @$, 0, ast_percent(p, @1), NULL), @2); }
    | IDENT                   { $$ = ast_named(p, NODE(SHARE, @$, 0, NULL, NULL), @1); }
    | IDENT WHERE expr        { $$ = ast_named(p, NODE(SHARE, @$, 0, NULL, $3), @1); }
    ;
learned_items
    : learned                     { $$ = ast_list(p, NULL, $1); }
    | learned_items ',' learned   { $$ = ast_list(p, $1, $3); }
    ;
learned
    : postfix learn_flags             { $$ = NODE(LEARNED, @$, $2, $1, NULL); }
    | postfix IN expr learn_flags     { $$ = NODE(LEARNED, @$, $4, $1, $3); }
    | postfix AT postfix learn_flags
        { $$ = NODE(LEARNED, @$, $4, NODE(AT, span_join(@1, @3), 0, $1, $3), NULL); }
    | postfix AT postfix IN expr learn_flags
        { $$ = NODE(LEARNED, @$, $6, NODE(AT, span_join(@1, @3), 0, $1, $3), $5); }
    ;
learn_flags
    : %empty                  { $$ = 0; }
    | learn_flags LOG         { $$ = $1 | LEARN_LOG; }
    | learn_flags SHARED      { $$ = $1 | LEARN_SHARED; }
    ;
optimizers
    : postfix                     { $$ = ast_list(p, NULL, $1); }
    | optimizers THEN postfix     { $$ = ast_list(p, $1, $3); }
    ;

/* ---- control ---- */
control
    : FOR binders block           { $$ = NODE_TAIL(FOR, @$, 0, $2, $3); }
    | IF expr block else_branch   { $$ = NODE(IF, @$, 0, $2, $3, $4); }
    | RETURN full                 { $$ = NODE(RETURN, @$, 0, $2); }
    ;
else_branch
    : %empty                  { $$ = NULL; }
    | ELSE block              { $$ = $2; }
    | ELSE IF expr block else_branch
        { $$ = NODE(IF, @$, 0, $3, $4, $5); }
    ;
binders
    : binder                  { $$ = ast_list(p, NULL, $1); }
    | binders ',' binder      { $$ = ast_list(p, $1, $3); }
    ;
binder: IDENT IN expr         { $$ = ast_named(p, NODE(BINDER, @$, 0, $3), @1); };

/* ---- expressions ---- */
exprs
    : expr                    { $$ = ast_list(p, NULL, $1); }
    | exprs ',' expr          { $$ = ast_list(p, $1, $3); }
    ;
fulls
    : full                    { $$ = ast_list(p, NULL, $1); }
    | fulls ',' full          { $$ = ast_list(p, $1, $3); }
    ;
/* Where nothing of a statement can follow, an expression may have a condition or a window of time of its own. */
full
    : expr
    | expr WHERE expr         { $$ = NODE(WHERE, @$, 0, $1, $3); }
    | expr FROM expr          { $$ = NODE(WINDOW, @$, 0, $1, $3, NULL); }
    | expr FROM expr TO expr  { $$ = NODE(WINDOW, @$, 0, $1, $3, $5); }
    | expr TO expr            { $$ = NODE(WINDOW, @$, 0, $1, NULL, $3); }
    ;
expr
    : primary
    | expr IF expr ELSE expr  { $$ = NODE(CONDITIONAL, @$, 0, $1, $3, $5); }
    | expr OR expr            { $$ = ast_binary(p, @$, OP_OR, $1, $3); }
    | expr AND expr           { $$ = ast_binary(p, @$, OP_AND, $1, $3); }
    | NOT expr                { $$ = NODE(UNARY, @$, OP_NOT, $2); }
    | expr '<' expr           { $$ = ast_binary(p, @$, OP_LESS, $1, $3); }
    | expr '>' expr           { $$ = ast_binary(p, @$, OP_GREATER, $1, $3); }
    | expr LESS_EQUAL expr    { $$ = ast_binary(p, @$, OP_LESS_EQUAL, $1, $3); }
    | expr GREATER_EQUAL expr { $$ = ast_binary(p, @$, OP_GREATER_EQUAL, $1, $3); }
    | expr EQUAL expr         { $$ = ast_binary(p, @$, OP_EQUAL, $1, $3); }
    | expr NOT_EQUAL expr     { $$ = ast_binary(p, @$, OP_NOT_EQUAL, $1, $3); }
    | expr IN expr            { $$ = ast_binary(p, @$, OP_IN, $1, $3); }
    | expr WITHIN primary OF expr %prec WITHIN
        { $$ = NODE(WITHIN, @$, 0, $1, $3, $5); }
    | expr NEAREST expr       { $$ = NODE(NEAREST, @$, 0, $1, $3); }
    | expr RANGE expr         { $$ = NODE(RANGE, @$, 0, $1, $3, NULL); }
    | expr RANGE expr STEPS expr %prec RANGE
        { $$ = NODE(RANGE, @$, 1, $1, $3, $5); }
    | expr RANGE expr BY expr %prec RANGE
        { $$ = NODE(RANGE, @$, 2, $1, $3, $5); }
    | expr AS units %prec AS  { $$ = NODE(CAST, @$, 0, $1, $3); }
    | expr '+' expr           { $$ = ast_binary(p, @$, OP_ADD, $1, $3); }
    | expr '-' expr           { $$ = ast_binary(p, @$, OP_SUBTRACT, $1, $3); }
    | expr '*' expr           { $$ = ast_binary(p, @$, OP_MULTIPLY, $1, $3); }
    | expr '/' expr           { $$ = ast_binary(p, @$, OP_DIVIDE, $1, $3); }
    | expr MOD expr           { $$ = ast_binary(p, @$, OP_MOD, $1, $3); }
    | '-' expr %prec NEGATE   { $$ = NODE(UNARY, @$, OP_NEGATE, $2); }
    | expr '^' expr           { $$ = ast_binary(p, @$, OP_POWER, $1, $3); }
    | expr OF expr            { $$ = NODE(OF, @$, 0, $1, $3); }
    | expr AT expr            { $$ = NODE(AT, @$, 0, $1, $3); }
    ;
primary
    : NUMBER                      { $$ = ast_number(p, @1); }
    | NUMBER unit_after_number    { $$ = ast_quantity(p, @$, @1, $2); }
    | PERCENT                     { $$ = ast_percent(p, @1); }
    | STRING                      { $$ = ast_string(p, @1); }
    | TRUE                        { $$ = ast_many(p, AST_BOOL, @$, 1, NULL); }
    | FALSE                       { $$ = ast_many(p, AST_BOOL, @$, 0, NULL); }
    | list
    | list unit_after_number      { $$ = NODE(SCALED, @$, 0, $1, $2); }
    | postfix
    | '(' fulls ',' full ')'      { $$ = ast_many(p, AST_TUPLE, @$, 0, ast_list(p, $2, $4)); }
    ;
list
    : '[' ']'                     { $$ = ast_many(p, AST_LIST, @$, 0, NULL); }
    | '[' fulls ']'               { $$ = ast_many(p, AST_LIST, @$, 0, $2); }
    | '[' full FOR binders ']'    { $$ = NODE_TAIL(COMPREHENSION, @$, 1, $4, $2); }
    ;
postfixes
    : postfix                 { $$ = ast_list(p, NULL, $1); }
    | postfixes ',' postfix   { $$ = ast_list(p, $1, $3); }
    ;
postfix
    : IDENT                       { $$ = ast_name(p, @1); }
    | '(' full ')'                { $$ = ast_parenthesised($2, @$); }
    | postfix '.' IDENT           { $$ = ast_field(p, @$, $1, @3); }
    | postfix '.' NUMBER          { $$ = ast_place(p, @$, $1, @3); }
    | postfix '[' subscripts ']'  { $$ = NODE_TAIL(INDEX, @$, 0, $3, $1); }
    | postfix '(' arguments ')'   { $$ = ast_call(p, @$, $1, $3); }
    ;
subscripts
    : subscript                   { $$ = ast_list(p, NULL, $1); }
    | subscripts ',' subscript    { $$ = ast_list(p, $1, $3); }
    ;
subscript
    : full
    | '*'                         { $$ = ast_many(p, AST_ALL, @$, 0, NULL); }
    | IDENT NUMBER                { $$ = ast_named(p, NODE(AXIS, @$, 0, ast_number(p, @2)), @1); }
    | IDENT NUMBER unit_after_number
        { $$ = ast_named(p, NODE(AXIS, @$, 0, ast_quantity(p, span_join(@2, @3), @2, $3)), @1); }
    ;
arguments
    : %empty                      { $$ = NULL; }
    | argument_list
    ;
argument_list
    : argument                    { $$ = ast_list(p, NULL, $1); }
    | argument_list ',' argument  { $$ = ast_list(p, $1, $3); }
    ;
argument
    : full
    | IDENT '=' full              { $$ = ast_named(p, NODE(ARGUMENT, @$, 0, $3), @1); }
    | IDENT '=' full ARROW full
        { $$ = ast_named(p, NODE(ARGUMENT, @$, 0, NODE(TAPER, span_join(@3, @5), 0, $3, $5)), @1); }
    | full ':' full               { $$ = ast_bound_argument(p, @$, $1, $3); }
    ;
%%
/* What could have come in place of an unexpected token; the words for it are chosen in compiler/syntax/report.c. */
static int yyreport_syntax_error(const yypcontext_t *context, Parser *p) {
    enum { MOST = YYNTOKENS };
    yysymbol_kind_t symbols[MOST];
    int expected[MOST], count = yypcontext_expected_tokens(context, symbols, MOST);
    for (int i = 0; i < count; i++) {
        int kind = 0; /* symbol numbers to token kinds: yytranslate is not one-to-one backwards */
        for (int token = 0; token <= YYMAXUTOK; token++)
            if (YYTRANSLATE(token) == symbols[i] && symbols[i] != YYSYMBOL_YYUNDEF) {
                kind = token;
                break;
            }
        expected[i] = kind;
    }
    int token = 0;
    yysymbol_kind_t found = yypcontext_token(context);
    for (int kind = 0; kind <= YYMAXUTOK; kind++)
        if (YYTRANSLATE(kind) == found) {
            token = kind;
            break;
        }
    grammar_report(p, *yypcontext_location(context), token, expected, count < 0 ? 0 : count);
    return 0;
}
