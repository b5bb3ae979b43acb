"""Everything the study screen says, in both languages.

A text is a constant, so a misspelt name is a type error and a missing language cannot be
written. ``{…}`` are filled by ``str.format``; both languages must have the same.
"""

from __future__ import annotations

from quizapp.model.card import Kind
from quizapp.model.grade import Grade
from quizapp.model.words import Words
from quizapp.proof.record import Verdict
from quizapp.runner import Level
from quizapp.service.proving import Word

# header
DUE = Words("due", "复习")
NEW = Words("new", "新卡")
AGAIN = Words("again", "重来")
KINDS = {
    Kind.RECALL: Words("recall", "回忆"),
    Kind.CHOICE: Words("choice", "选择"),
    Kind.NUMBER: Words("number", "估数"),
    Kind.CODE: Words("code", "编码"),
}
KIND_SEVERAL = Words("choice · several are right", "多选")
KIND_BUG = Words("code · find the bug", "编码 · 找错")

# keys
SHOW = Words("show answer", "看答案")
CONFIRM = Words("confirm", "确认")
NEXT = Words("grade", "评分")
PICK = Words("pick", "选择")
TICK = Words("tick", "打勾")
HINT = Words("hint", "提示")
PROVE = Words("prove", "证明")
PROVE_ANEW = Words("new seed", "换种子")
CANCEL = Words("stop", "停止")
PREDICT = Words("confidence", "把握")
EDIT = Words("$EDITOR", "$EDITOR")
INLINE = Words("write here", "在此编写")
UNDO = Words("undo", "撤销")
BURY = Words("bury", "明天再见")
SUSPEND = Words("suspend", "停用")
LANGUAGE = Words("中文", "English")
THEME = Words("light/dark", "明暗")
HELP = Words("help", "帮助")
QUIT = Words("quit", "退出")
SCROLL = Words("scroll", "滚动")
MORE = Words("five more new cards", "再学五张新卡")
AGAIN_NOW = Words("back to reviews", "继续复习")
CLOSE = Words("close", "关闭")
JUDGE = Words("judge", "评判")
BACK = Words("back", "返回")

# help: what each key does, in full
HELP_TITLE = Words("Keys", "按键")
GROUP_ANSWER = Words("Answering", "作答")
GROUP_PROOF = Words("Proving", "证明")
GROUP_CARD = Words("The card", "卡片")
GROUP_APP = Words("Everything else", "其他")
HELP_SHOW = Words("show the answer; then take the suggested grade", "看答案；之后按建议评分")
HELP_GRADE = Words("grade: again, hard, good, easy", "评分：重来、困难、良好、简单")
HELP_PICK = Words("pick an option by its letter", "用字母选择选项")
HELP_TYPE = Words("type a number", "输入数字")
HELP_TICK = Words("tick the key point (or option) under the cursor", "给光标处的要点（或选项）打勾")
HELP_MOVE = Words("move among options or key points", "在选项或要点间移动")
HELP_HINT = Words("next hint, from weak to strong", "下一条提示，由弱到强")
HELP_PREDICT = Words("how sure you are of your number (← → too)", "你对这个数有多大把握（也可用 ← →）")
HELP_EDIT = Words("edit the code in $VISUAL or $EDITOR, then judge it", "用 $VISUAL 或 $EDITOR 编辑代码，然后评判")
HELP_INLINE = Words("edit the code here (Ctrl+S or F5 judges, Esc back)", "在此编辑代码（Ctrl+S 或 F5 评判，Esc 返回）")
HELP_PROVE = Words("run the proof of this card's claim (shows the answer)", "运行本卡论断的证明（会揭晓答案）")
HELP_ANEW = Words("run it again with a new seed", "换一个种子再运行")
HELP_CANCEL = Words("stop the run in progress", "停止正在进行的运行")
HELP_UNDO = Words("take back the last grade; again for the one before", "撤销上一次评分；可连续撤销")
HELP_BURY = Words(
    "bury: not again before tomorrow (a number card once it is answered)", "搁置：明天之前不再出现（估数卡须先作答）"
)
HELP_SUSPEND = Words("suspend: not again until resumed", "停用：恢复之前不再出现")
HELP_SCROLL = Words("scroll", "滚动")
HELP_PAGE = Words("scroll a page", "翻一页")
HELP_SCROLL_PROOF = Words("scroll the proof", "滚动证明栏")
HELP_LANGUAGE = Words("switch to Chinese", "切换到英文")
HELP_THEME = Words("dark or light", "深色或浅色")
HELP_HELP = Words("this help", "本帮助")
HELP_QUIT = Words("quit; everything is already saved", "退出；一切都已保存")
HELP_WALLS = Words(
    "A proof names the isolation that it ran in; quizapp doctor says how to better it.",
    "证明栏会写明运行时的隔离程度；quizapp doctor 会说明如何改进。",
)
HELP_FOOT = Words("Single letters are off while you type.", "输入文字时单字母键不起作用。")

# the card
INVITE_BET = Words("How sure are you? p or ← → says, Enter goes on.", "你有多大把握？按 p 或 ← → 选择，回车继续。")
HINT_OF = Words("hint {n}/{of}", "提示 {n}/{of}")
NO_MORE_HINTS = Words("no more hints", "没有更多提示了")
NO_HINTS = Words("this card has no hints", "这张卡没有提示")
POINTS = Words("KEY POINTS", "要点")
POINTS_HINT = Words("x ticks what you said", "说到的按 x 打勾")
EXPLANATION = Words("WHY", "解释")
MYTH = Words("Often said, and false: {says}", "常见的错误说法：{says}")
SOLUTION = Words("OUR SOLUTION", "参考答案")
YOURS = Words("your pick", "你的选择")
CAN_RUN = Words("experiment: {says}", "实验：{says}")
EXPLAINED = Words("explained, not run", "仅解释，未运行实验")
PICK_FIRST = Words("pick a letter first, or press again to see the answer", "请先选一个字母，再按一次则直接看答案")
INVITES = {
    Kind.RECALL: Words("Say it aloud, then look.", "先说出来，再看答案。"),
    Kind.CHOICE: Words("Pick a letter, then confirm.", "按字母选择，然后确认。"),
    Kind.NUMBER: Words("Type your number.", "输入你的数。"),
    Kind.CODE: Words("Write it, then look.", "先写出来，再看答案。"),
}
STARTER = Words("STARTER", "起始代码")
YOUR_CODE = Words("YOUR CODE", "你的代码")
WRITE_IT = Words("e opens your editor, i writes here", "e 打开编辑器，i 在此编写")

# numbers
DRAWING = Words("drawing your numbers…", "正在为你出题…")
NUMBER_HOW = Words("a number: 12 · 1.5e-3 · 3/4 · 12% · 1,024", "一个数：12 · 1.5e-3 · 3/4 · 12% · 1,024")
NOT_A_NUMBER = Words(
    "“{text}” is no number; write 12, 1.5e-3, 3/4, 12% or 1,024", "“{text}”不是数；可写 12、1.5e-3、3/4、12% 或 1,024"
)
ODD_COMMA = Words(
    "commas only separate thousands, as in 1,024; write 3.5 for three and a half",
    "逗号只用来分隔千位，如 1,024；三点五写作 3.5",
)
BY_ZERO = Words("that divides by zero", "除数为零")
TOO_LARGE = Words("that number is too large", "这个数太大了")
TYPE_FIRST = Words("type your number first, or press again to see the answer", "请先输入一个数，再按一次则直接看答案")
HOW_SURE = Words("How sure are you?", "你有多大把握？")
TRUTH = Words("truth", "真值")
MEASURED = Words("measured {value}", "实测 {value}")
YOUR_NUMBER = Words("yours", "你的答案")
OFF_BY = Words("off by", "相差")
WITHIN = Words("within {tolerance}", "在 {tolerance} 以内")
BEYOND = Words("{tolerance} is allowed", "允许 {tolerance}")
EXACT = Words("exact", "完全一致")
EXACT_WANTED = Words("the exact number is asked", "要求完全一致")
RIGHT = Words("right", "正确")
WRONG = Words("not quite", "不对")
NO_ANSWER = Words("no answer given", "没有作答")
SURE = Words("you were {percent} % sure", "你有 {percent}% 的把握")
TEMPTED = Words("Your number is what this belief gives:", "你的数正是这个误解会得到的：")
NO_QUESTION = Words("The numbers could not be drawn: {why}", "无法出题：{why}")
OTHER_BELIEFS = Words("what other beliefs would say", "其他误解会得到的数")

# proofs
PROOF = Words("PROOF", "证明")
YOU_BELIEVED = Words("YOU BELIEVED", "你的想法")
YOU_PICKED = Words("THE ANSWER, RUN", "运行标准答案")
JUDGEMENT = Words("YOUR CODE, JUDGED", "评判你的代码")
PRESS_R = Words("press r to run the proof", "按 r 运行证明")
PRESS_R_REVEALS = Words("r runs the proof, and shows the answer", "r 运行证明，同时揭晓答案")
SEED = Words("seed {seed}", "种子 {seed}")
STARTING = Words("starting…", "启动中…")
ACCEPTED = Words("accepted", "接受")
REJECTED = Words("rejected", "拒绝")
ACCEPTED_LOUD = Words("ACCEPTED", "接受")
REJECTED_LOUD = Words("REJECTED", "拒绝")
UNDECIDED = Words("undecided", "未定")
CASES = Words("{n} cases", "{n} 个情形")
CASE = Words("1 case", "1 个情形")
SO_FAR = Words("{n} so far", "已运行 {n} 个")
AND_MORE = Words("… and {n} more", "……还有 {n} 项")
LET_THROUGH = Words(
    "the check lets this belief through: the verifier is at fault", "检验放过了这个误解：是验证脚本有问题"
)
BREAKS_HERE = Words("It breaks here", "它在这里出错")
BREAKS_ON = Words("breaks on {broken} of {n} cases", "{n} 个情形中有 {broken} 个出错")
HOLDS_ON = Words("holds on {n} of {n} cases", "{n} 个情形全部成立")
AT_LINE = Words("line {line}", "第 {line} 行")
FIRST_FAILING = Words("FIRST FAILING CASE", "第一个失败的情形")
FIRST_RAISING = Words("FIRST EXCEPTION", "第一个异常")
PROVED_BECAUSE = Words("the answer holds and every misconception breaks", "标准答案成立，所有误解均被否定")
SECONDS = Words("{seconds} s", "{seconds} 秒")
BELOW = Words("{word}: J shows how", "{word}：按 J 看经过")
NO_CLAIM = Words(
    "this card's verifier is missing; quizapp lint tells more", "找不到这张卡的验证脚本；运行 quizapp lint 查看"
)
NO_RUN = Words(
    "This option is explained, not run: no experiment embodies it.", "这个选项只作解释：没有与之对应的实验。"
)
ISOLATION = Words("isolation: {level}", "隔离：{level}")
LEVELS = {Level.FULL: Words("full", "完整"), Level.PARTIAL: Words("partial", "部分"), Level.NONE: Words("none", "无")}
VERDICTS = {
    Verdict.PROVED: Words("PROVED", "已证明"),
    Verdict.REFUTED: Words("REFUTED", "被推翻"),
    Verdict.UNDECIDED: Words("UNDECIDED", "无法判定"),
    Verdict.SKIPPED: Words("SKIPPED", "已跳过"),
    Verdict.TIMEOUT: Words("TIMED OUT", "超时"),
    Verdict.ERROR: Words("ERROR", "出错"),
}
JUDGED = {
    Word.ACCEPTED: Words("ACCEPTED", "通过"),
    Word.REJECTED: Words("REJECTED", "未通过"),
    Word.UNDECIDED: Words("UNDECIDED", "无法判定"),
    Word.RAISED: Words("RAISED", "抛出异常"),
    Word.EXITED: Words("EXITED", "提前退出"),
    Word.TIMEOUT: Words("OUT OF TIME", "超时"),
    Word.FLOODED: Words("TOO MUCH OUTPUT", "输出过多"),
    Word.UNPARSABLE: Words("NOT PYTHON", "语法错误"),
    Word.MISSING: Words("NOTHING TO JUDGE", "没有可评判的函数"),
    Word.SKIPPED: Words("SKIPPED", "已跳过"),
    Word.BROKEN: Words("VERIFIER BROKEN", "验证脚本出错"),
    Word.CANCELLED: Words("STOPPED", "已停止"),
    Word.REFUSED: Words("NOT RUN", "未运行"),
}
JUDGED_MEANS = {
    Word.ACCEPTED: Words("the check accepts it on every case", "检验在所有情形下都接受"),
    Word.REJECTED: Words("the check rejects it; the case below shows where", "检验拒绝了它，见下面的情形"),
    Word.UNDECIDED: Words("the noise of this run is larger than the difference", "本次测量的噪声大于差异"),
    Word.RAISED: Words("it stops with an exception", "运行时会抛出异常"),
    Word.EXITED: Words("it ended the process before it could be judged", "在评判之前就结束了进程"),
    Word.TIMEOUT: Words("it did not finish in time; look for an endless loop", "没有按时结束，检查是否有死循环"),
    Word.FLOODED: Words("it printed more than can be read", "打印的内容过多"),
    Word.UNPARSABLE: Words("Python cannot read it", "Python 无法解析"),
    Word.MISSING: Words("it does not define what is asked for", "没有定义所要求的函数"),
    Word.SKIPPED: Words("this machine cannot run it", "本机无法运行"),
    Word.BROKEN: Words("not your fault: the verifier could not be run", "不是你的问题：验证脚本无法运行"),
    Word.CANCELLED: Words("nothing was judged", "没有评判"),
    Word.REFUSED: Words("nothing of this deck runs", "这个牌组的代码一概不运行"),
}

# grades
GRADES = {
    Grade.AGAIN: Words("Again", "重来"),
    Grade.HARD: Words("Hard", "困难"),
    Grade.GOOD: Words("Good", "良好"),
    Grade.EASY: Words("Easy", "简单"),
}
LATER_TODAY = Words("later today", "今天稍后")
TODAY = Words("today", "今天")
ONE_DAY = Words("1 day", "1 天")
DAYS = Words("{n} days", "{n} 天")
ONE_MONTH = Words("1 month", "1 个月")
MONTHS = Words("{n} months", "{n} 个月")
ONE_YEAR = Words("1 year", "1 年")
YEARS = Words("{n} years", "{n} 年")

# notices
UNDONE = Words("taken back", "已撤销")
NOTHING_TO_UNDO = Words("nothing left to undo", "没有可撤销的了")
BURIED = Words("buried until tomorrow", "已搁置到明天")
SUSPENDED = Words("suspended; u takes it back", "已停用；u 可撤销")
STALE = Words(
    "this card was graded elsewhere meanwhile; here is what comes next", "这张卡刚在别处评过分；现在显示下一张"
)
NO_EDITOR = Words("$VISUAL and $EDITOR are not set; write here", "未设置 $VISUAL 和 $EDITOR，请在此编写")
EDITOR_FAILED = Words("{editor} did not start: {why}", "{editor} 无法启动：{why}")
NOT_SAVED = Words("not saved, nothing lost: {why}", "没有保存，但什么也没丢：{why}")
UNCHANGED = Words("nothing changed, so nothing judged", "没有改动，因此没有评判")
MORE_BELOW = Words("{n} more", "下面 {n} 行")
MORE_ABOVE = Words("{n} above", "上面 {n} 行")
TOO_SMALL = Words("Make the window\na little larger", "请把窗口\n调大一些")
TOO_SMALL_HOW = Words("at least 40 × 12 · now {width} × {height}", "至少 40 × 12 · 现在 {width} × {height}")

# summary
DONE_TITLE = Words("Done for today", "今天的学习完成了")
EMPTY_TITLE = Words("Nothing is due", "今天没有到期的卡片")
SUM_REVIEWS = Words("reviews", "次复习")
SUM_CARDS = Words("cards", "张卡片")
SUM_TIME = Words("time", "用时")
SUM_RIGHT = Words("judged right", "判定正确")
SUM_AHEAD = Words("FALLING DUE", "即将到期")
SUM_GRADES = Words("GRADES", "评分")
SUM_TOMORROW = Words("tomorrow", "明天")
SUM_IN_DAYS = Words("+{n} d", "{n} 天后")
SUM_NEXT = Words("WHAT NEXT", "接下来")
NEXT_MORE = Words("learn five more new cards ({unseen} not seen yet)", "再学五张新卡（还有 {unseen} 张没见过）")
NEXT_NONE = Words(
    "Every card has been seen; rest, and come back when one is due.", "所有卡片都见过了；休息一下，到期再来。"
)
NEXT_REVIEW = Words("look again for cards that came due", "看看有没有新到期的卡片")
NEXT_QUIT = Words("quit; everything is saved", "退出；一切都已保存")
NOTHING_NEW = Words("nothing has come due yet", "还没有卡片到期")
MINUTES = Words("{m} min {s} s", "{m} 分 {s} 秒")
ONLY_SECONDS = Words("{s} s", "{s} 秒")
